"""What is printed when something ends: tables, plots and their words."""
