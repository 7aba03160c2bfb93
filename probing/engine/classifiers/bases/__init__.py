"""The two base classes that users build on, `SingleStepOpt` and `MultiStepOpt`."""
