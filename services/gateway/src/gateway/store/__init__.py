"""The object store, for a server on an event loop: calls in threads, and watched documents. Imported by every room."""
