"""What one can do: use cases, reports, files in and out. No Qt, no print, no global state."""
