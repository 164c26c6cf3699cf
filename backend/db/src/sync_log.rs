//! How each exchange with a provider went: what people look at when they ask why.
