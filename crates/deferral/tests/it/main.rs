//! The test kit, used as an application would.

mod kit;
