"""A stranger's file, read in a cage, cleaned by the layer's rules, and reported on."""
