"""What a declaration cannot say: quick payment, allocation, import."""
