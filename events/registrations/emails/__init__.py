"""What every email says: a kind is one class and one template, composed when it is sent."""
