//! Values that carry their own rule. Each is made by `parse` alone, also when
//! it is read from JSON, so that holding one means that the rule is kept.

mod amount;
mod bic;
mod country;
mod currency;
mod iban;

pub use amount::Amount;
pub use bic::Bic;
pub use country::Country;
pub use currency::Currency;
pub use iban::Iban;

/// The way of a value from and to text, which is the same for all of them.
macro_rules! as_text {
    ($value:ident) => {
        impl serde::Serialize for $value {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $value {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                Self::parse(&text).map_err(serde::de::Error::custom)
            }
        }

        impl std::fmt::Display for $value {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}
use as_text;
