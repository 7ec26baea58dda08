//! What holds for any bytes, and for any batch.

mod batches;
mod bytes;
