"""What the model asks for, what was seen, and what is missing."""
