"""How models are made: recipe -> data -> architecture -> fit -> evaluate -> export."""
