"""The object store, for a server on an event loop: reads in threads, watched documents, work in other processes."""
