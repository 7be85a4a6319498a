//! The table that a run prints, and the same as JSON.

use serde_json::{Value, json};

/// One ratio: what was measured, what it is compared with in the same run, and what is aimed at.
pub(super) struct Ratio {
    /// What was measured.
    pub(super) work: String,
    /// What it is compared with.
    pub(super) than: String,
    /// In what both are told: `/s`, ` ms`, ` MiB`.
    pub(super) unit: &'static str,
    /// The figure itself, the median of the rounds.
    pub(super) figure: f64,
    /// The other figure, likewise.
    pub(super) other: f64,
    /// The median of the rounds' own ratios.
    pub(super) quotient: f64,
    /// What is aimed at.
    pub(super) aim: Aim,
}

/// What a ratio should be.
#[derive(Clone, Copy)]
pub(super) enum Aim {
    /// No less.
    AtLeast(f64),
    /// No more.
    AtMost(f64),
    /// It is reported.
    None,
}

impl Ratio {
    /// The ratio of two series of rounds.
    pub(super) fn of(
        work: &str,
        than: &str,
        unit: &'static str,
        rounds: &[(f64, f64)],
        aim: Aim,
    ) -> Self {
        let pick = |each: fn(&(f64, f64)) -> f64| median(rounds.iter().map(each).collect());
        Self {
            work: work.to_owned(),
            than: than.to_owned(),
            unit,
            figure: pick(|(figure, _)| *figure),
            other: pick(|(_, other)| *other),
            quotient: pick(|(figure, other)| figure / other),
            aim,
        }
    }

    fn reached(&self) -> Option<bool> {
        match self.aim {
            Aim::AtLeast(aim) => Some(self.quotient >= aim),
            Aim::AtMost(aim) => Some(self.quotient <= aim),
            Aim::None => None,
        }
    }

    /// The ratio for programs.
    pub(super) fn json(&self) -> Value {
        let (at_least, at_most) = match self.aim {
            Aim::AtLeast(aim) => (Some(aim), None),
            Aim::AtMost(aim) => (None, Some(aim)),
            Aim::None => (None, None),
        };
        json!({
            "work": self.work,
            "than": self.than,
            "unit": self.unit.trim(),
            "figure": self.figure,
            "other": self.other,
            "ratio": self.quotient,
            "at_least": at_least,
            "at_most": at_most,
            "reached": self.reached(),
        })
    }

    fn cells(&self) -> [String; 6] {
        let figure = |figure: f64| format!("{figure:.1}{}", self.unit);
        [
            self.work.clone(),
            figure(self.figure),
            self.than.clone(),
            figure(self.other),
            format!("{:.2}", self.quotient),
            match (self.aim, self.reached()) {
                (Aim::AtLeast(aim), Some(true)) => format!("≥ {aim}"),
                (Aim::AtLeast(aim), _) => format!("≥ {aim} (missed)"),
                (Aim::AtMost(aim), Some(true)) => format!("≤ {aim}"),
                (Aim::AtMost(aim), _) => format!("≤ {aim} (missed)"),
                (Aim::None, _) => "–".to_owned(),
            },
        ]
    }
}

/// The ratios as a Markdown table.
pub(super) fn table(ratios: &[Ratio]) -> String {
    let headings = ["work", "here", "compared with", "there", "ratio", "aim"].map(str::to_owned);
    let mut lines = vec![headings];
    lines.extend(ratios.iter().map(Ratio::cells));
    let mut widths = [0; 6];
    for cells in &lines {
        for (width, cell) in widths.iter_mut().zip(cells) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let row = |cells: &[String; 6]| {
        let padded = cells.iter().zip(widths).map(|(cell, width)| format!(" {cell:width$} "));
        format!("|{}|\n", padded.collect::<Vec<_>>().join("|"))
    };
    let rule = widths.map(|width| "-".repeat(width + 2)).join("|");
    let mut rows = lines.iter().map(row);
    let heading = rows.next().unwrap_or_default();
    format!("{heading}|{rule}|\n{}", rows.collect::<String>())
}

/// The middle one; of an even number the lower of both.
pub(super) fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len().saturating_sub(1) / 2).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ratio_is_the_median_of_the_rounds_ratios() {
        let rounds = [(10.0, 10.0), (30.0, 20.0), (20.0, 40.0)];
        let ratio = Ratio::of("work", "bare", "/s", &rounds, Aim::AtLeast(0.9));
        assert_eq!((ratio.figure, ratio.other, ratio.quotient), (20.0, 20.0, 1.0));
        assert_eq!(ratio.json().get("reached"), Some(&Value::from(true)));
        let missed = Ratio::of("work", "bare", "/s", &rounds, Aim::AtMost(0.5));
        let table = table(&[ratio, missed]);
        assert_eq!(table.lines().count(), 4);
        assert!(table.contains("| ≥ 0.9 "), "{table}");
        assert!(table.ends_with("| ≤ 0.5 (missed) |\n"), "{table}");
    }
}
