//! What is wrong with settings: all of it, so that nobody has to find one mistake after the other.

use super::limits;
use crate::error::{InitError, SettingError};

/// Bytes of the parent's path at most: below it there is room for a dot and a name of one byte.
pub(crate) const PARENT_BYTES: usize = limits::NAME_BYTES - 2;

/// The mistakes that were found so far.
#[derive(Debug, Default)]
pub(super) struct Mistakes(Vec<SettingError>);

impl Mistakes {
    /// Notes that this setting is wrong.
    pub(super) fn add(
        &mut self,
        name: &'static str,
        value: &(impl ToString + ?Sized),
        problem: impl Into<String>,
    ) {
        self.0.push(mistake(name, value, problem));
    }

    /// Notes what is wrong here; `None`: something is.
    pub(super) fn note<T>(&mut self, result: Result<T, InitError>) -> Option<T> {
        match result {
            Ok(value) => return Some(value),
            Err(InitError::Settings(mistakes)) => self.0.extend(mistakes),
            // Nothing is started here.
            Err(_) => {}
        }
        None
    }

    /// Notes a name that is too long; true if it is not.
    pub(super) fn check_name(&mut self, setting: &'static str, name: &str) -> bool {
        self.check_length(setting, name, limits::NAME_BYTES, "a name has at most 16,384 bytes")
    }

    /// Notes a parent's path that is too long; true if it is not.
    pub(super) fn check_parent(&mut self, setting: &'static str, path: &str) -> bool {
        self.check_length(setting, path, PARENT_BYTES, "a path has at most 16,382 bytes above others")
    }

    /// Of what is too long to be shown, its length is.
    fn check_length(&mut self, setting: &'static str, text: &str, most: usize, problem: &str) -> bool {
        let fits = text.len() <= most;
        if !fits {
            self.add(setting, &format_args!("({} bytes)", text.len()), problem);
        }
        fits
    }

    /// # Errors
    /// There are any.
    pub(super) fn or<T>(self, value: T) -> Result<T, InitError> {
        if self.0.is_empty() { Ok(value) } else { Err(InitError::Settings(self.0)) }
    }
}

pub(super) fn mistake(
    name: &'static str,
    value: &(impl ToString + ?Sized),
    problem: impl Into<String>,
) -> SettingError {
    SettingError { name, value: value.to_string(), problem: problem.into() }
}
