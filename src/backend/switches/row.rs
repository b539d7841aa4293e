//! The macro behind `table`.

use super::table::Switches;

/// One switch, as data.
#[derive(Debug)]
pub struct Row {
    /// Row of service.md section 18.
    pub number: u8,
    /// Its name.
    pub name: &'static str,
    /// What it settles.
    pub what: &'static str,
    /// Whether anything reads it.
    pub read: bool,
    /// Sets it; false when there is no such value.
    pub set: fn(&mut Switches, &str) -> bool,
    /// Its value, as it is written.
    pub shown: fn(&Switches) -> String,
    /// What may be written.
    pub allowed: fn() -> String,
    /// Each value with its meaning; empty when they are too many to tell.
    pub meanings: fn() -> Vec<(&'static str, &'static str)>,
    /// The field of [`Switches`].
    #[cfg(test)]
    pub field: &'static str,
}

/// Each entry: what it settles as a doc comment; row, name, section of service.md, `unread` while nothing reads
/// it; field and type. In braces, the values of a type of its own, the default first; behind `=`, the default of a
/// type that is there.
macro_rules! switches {
    ($(
        #[doc = $what:literal]
        $number:literal, $name:literal, $section:literal $(, $unread:ident)?
            => $field:ident: $kind:ident $(<$most:literal>)?
        $({
            $(#[doc = $first_doc:literal])+ $first:ident = $first_word:literal
            $(, $(#[doc = $doc:literal])+ $value:ident = $word:literal)* $(,)?
        })?
        $(= $default:expr)?
    ;)+) => {
        $($(
            #[doc = concat!("Row ", $number, ", `", $name, "` (service.md ", $section, "):", $what)]
            #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
            pub enum $kind {
                $(#[doc = $first_doc])+
                #[default]
                $first,
                $($(#[doc = $doc])+ $value,)*
            }

            impl Word for $kind {
                const WORDS: &'static [(&'static str, Self, &'static str)] = &[
                    ($first_word, Self::$first, concat!($($first_doc),+)),
                    $(($word, Self::$value, concat!($($doc),+))),*
                ];
            }
        )?)+

        /// All switches.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct Switches {
            $(
                #[doc = concat!("Row ", $number, ", `", $name, "` (service.md ", $section, "):", $what)]
                pub $field: $kind $(<$most>)?,
            )+
        }

        impl Default for Switches {
            fn default() -> Self {
                Self { $($field: switches!(@default $($default)?)),+ }
            }
        }

        /// All switches as data, in the order of the rows.
        pub(super) const ROWS: &[Row] = &[$(Row {
            number: $number,
            name: $name,
            what: concat!($what),
            read: switches!(@read $($unread)?),
            set: |switches, text| match Value::parse(text) {
                Some(value) => {
                    switches.$field = value;
                    true
                }
                None => false,
            },
            shown: |switches| switches.$field.shown(),
            allowed: <$kind $(<$most>)? as Value>::allowed,
            meanings: <$kind $(<$most>)? as Value>::meanings,
            #[cfg(test)]
            field: stringify!($field),
        }),+];
    };
    (@default) => { Default::default() };
    (@default $default:expr) => { $default };
    (@read) => { true };
    (@read unread) => { false };
}

pub(super) use switches;
