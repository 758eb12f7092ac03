//! FAMILY: how a document is written. One file per format.
