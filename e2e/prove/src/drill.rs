//! Kill each once.
