"""The content of every email: each kind is one class and one template, composed when sent."""
