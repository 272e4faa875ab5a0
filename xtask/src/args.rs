//! Reads a command's arguments: `--flag`, `--name value`, `--name=value`, and plain words.

use std::str::FromStr;

use anyhow::{Context, Result, bail};

/// What was typed after the command's name. Readers take what they know; [`Args::finish`] refuses the rest.
#[derive(Debug)]
pub(crate) struct Args(Vec<String>);

impl Args {
    pub(crate) fn new(words: impl IntoIterator<Item = String>) -> Self {
        Self(words.into_iter().collect())
    }

    /// Takes `--name` and says whether it was there.
    pub(crate) fn flag(&mut self, name: &str) -> bool {
        let before = self.0.len();
        self.0.retain(|word| word != name);
        self.0.len() != before
    }

    /// Takes `--name value` or `--name=value`.
    pub(crate) fn option<T>(&mut self, name: &str) -> Result<Option<T>>
    where
        T: FromStr,
        T::Err: std::error::Error + Send + Sync + 'static,
    {
        let Some(at) = self.0.iter().position(|word| is_option(word, name)) else {
            return Ok(None);
        };
        let word = self.0.remove(at);
        let value = match word.split_once('=') {
            Some((_, value)) => value.to_owned(),
            None if at < self.0.len() => self.0.remove(at),
            None => bail!("{name} needs a value"),
        };
        let parsed = value.parse().with_context(|| format!("{name} {value}"))?;
        Ok(Some(parsed))
    }

    /// The same, of how many there are to be: at least one.
    pub(crate) fn count(&mut self, name: &str) -> Result<Option<u64>> {
        match self.option(name)? {
            Some(0) => bail!("{name} 0: it has to be 1 at least"),
            count => Ok(count),
        }
    }

    /// Takes the next plain word.
    pub(crate) fn word(&mut self) -> Option<String> {
        let at = self.0.iter().position(|word| !word.starts_with('-'))?;
        Some(self.0.remove(at))
    }

    /// Refuses whatever no reader has taken.
    pub(crate) fn finish(self) -> Result<()> {
        match self.0.first() {
            None => Ok(()),
            Some(word) => bail!("unexpected argument `{word}`"),
        }
    }
}

fn is_option(word: &str, name: &str) -> bool {
    word.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('='))
}

#[cfg(test)]
mod tests {
    use super::Args;

    fn args(text: &str) -> Args {
        Args::new(text.split(' ').map(str::to_owned))
    }

    #[test]
    fn options_come_in_both_spellings() {
        let mut args = args("--seconds 5 --target=url word --all");
        assert_eq!(args.option::<u64>("--seconds").unwrap(), Some(5));
        assert_eq!(args.option::<String>("--target").unwrap().as_deref(), Some("url"));
        assert!(args.flag("--all"));
        assert_eq!(args.word().as_deref(), Some("word"));
        args.finish().unwrap();
    }

    #[test]
    fn what_nobody_knows_is_refused() {
        assert!(args("--nonsense").finish().is_err());
        assert!(args("--seconds").option::<u64>("--seconds").is_err());
        assert!(args("--seconds x").option::<u64>("--seconds").is_err());
    }

    #[test]
    fn none_at_all_is_refused() {
        assert_eq!(args("--kills 1").count("--kills").unwrap(), Some(1));
        assert_eq!(args("--events 1").count("--kills").unwrap(), None);
        for none in ["--kills 0", "--kills=0", "--kills -1"] {
            assert!(args(none).count("--kills").is_err(), "{none}");
        }
    }
}
