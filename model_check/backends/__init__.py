"""What is made of the IR: a function to run, a formula, another language."""
