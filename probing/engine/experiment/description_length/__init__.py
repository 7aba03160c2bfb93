"""The online code of each layer: the texts that it describes and their length in bits."""
