//! Swedish personal identity and co-ordination numbers in people's texts.

/// Whether the text holds what looks like a Swedish personal identity or co-ordination number (Skatteverket, SKV 704):
/// a possible date, four digits and the check digit of the Luhn algorithm, in the forms that people write.
///
/// These are `YYYYMMDDNNNN`, and with any separator before the last four `YYMMDD-NNNN`, `YYYYMMDD-NNNN` and
/// `YYYY-MM-DD-NNNN`. Ten digits in a row are as likely a telephone number or a meeting's, and are let through, and so
/// are digits in a link.
pub(super) fn holds_personal_number(text: &str) -> bool {
    let letters: Vec<char> = text.chars().collect();
    let starts = (0..letters.len()).filter(|i| {
        let before = i.checked_sub(1).map(|before| letters[before]);
        letters[*i].is_ascii_digit()
            && !before.is_some_and(|b| b.is_alphanumeric() || matches!(b, '/' | '=' | '_' | '%'))
    });
    starts.into_iter().any(|start| begins_with_number(&letters[start..]))
}

fn begins_with_number(letters: &[char]) -> bool {
    let digits = letters.iter().take_while(|letter| letter.is_ascii_digit()).count();
    let (mut number, date_end) = match digits {
        12 => (letters[..8].to_vec(), 8),
        6 | 8 => (letters[..digits].to_vec(), digits),
        4 => match dashed_date(letters) {
            Some(date) => (date, 10),
            None => return false,
        },
        _ => return false,
    };
    let rest = &letters[date_end..];
    let separator = separator_length(rest);
    if separator == 0 && digits != 12 {
        return false;
    }
    let Some(last_four) = rest.get(separator..separator + 4) else { return false };
    let goes_on = match rest.get(separator + 4..).unwrap_or_default() {
        [next, ..] if next.is_alphanumeric() => true,
        [sign, next, ..] => matches!(sign, '-' | '–' | ':' | '.' | '/') && next.is_ascii_digit(),
        _ => false,
    };
    if goes_on || !last_four.iter().all(char::is_ascii_digit) {
        return false;
    }
    number.extend(last_four);
    is_personal_number(&number)
}

/// The eight digits of `YYYY-MM-DD`, whatever sign parts them.
fn dashed_date(letters: &[char]) -> Option<Vec<char>> {
    let date = letters.get(..10)?;
    let parts = [date[4], date[7]];
    let digits: Vec<char> = date.iter().copied().filter(char::is_ascii_digit).collect();
    (digits.len() == 8 && parts.iter().all(|sign| is_sign(*sign) || *sign == ' ')).then_some(digits)
}

/// How many characters part the date from the last four digits: spaces, and at most one sign among them.
fn separator_length(letters: &[char]) -> usize {
    let spaces = |from: usize| letters[from..].iter().take_while(|l| l.is_whitespace()).count();
    let before = spaces(0);
    match letters.get(before) {
        Some(sign) if is_sign(*sign) => before + 1 + spaces(before + 1),
        _ => before,
    }
}

fn is_sign(letter: char) -> bool {
    matches!(
        letter,
        '-' | '+' | '.' | '/' | '_' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{ad}' | '·'
    )
}

/// Whether these are the digits of a number, with or without its century.
fn is_personal_number(digits: &[char]) -> bool {
    let digits: Vec<u32> = digits.iter().filter_map(|digit| digit.to_digit(10)).collect();
    let ten = match digits.len() {
        10 => &digits[..],
        12 if matches!(digits[..2], [1, 8 | 9] | [2, 0]) => &digits[2..],
        _ => return false,
    };
    let month = ten[2] * 10 + ten[3];
    // A co-ordination number adds 60 to the day.
    let day = (ten[4] * 10 + ten[5]) % 60;
    (1..=12).contains(&month) && (1..=31).contains(&day) && luhn_sum(ten).is_multiple_of(10)
}

fn luhn_sum(digits: &[u32]) -> u32 {
    let doubled = |(i, digit): (usize, &u32)| match (i % 2, digit * 2) {
        (0, twice) if twice > 9 => twice - 9,
        (0, twice) => twice,
        _ => *digit,
    };
    digits.iter().enumerate().map(doubled).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The Tax Agency's own specimen, as people write it.
    #[test]
    fn numbers_are_found_in_the_forms_that_people_write() {
        for number in [
            "811218-9876",
            "call 198112189876 now",
            "811218+9876",
            "811218 9876",
            "811218–9876",
            "811218\u{2011}9876",
            "811218.9876",
            "811218/9876",
            "811218 - 9876",
            "811218\u{a0}9876",
            "19811218-9876",
            "19811218 9876",
            "1981-12-18-9876",
            "1981-12-18 9876",
            "1981.12.18-9876",
            "pnr:811218-9876.",
            "(811218-9876)",
            "181811218-9876 811218-9876",
            "811278-9873",
        ] {
            assert!(holds_personal_number(number), "{number}");
        }
    }

    #[test]
    fn other_digits_are_let_through() {
        for fine in [
            "0701234569",
            "0401234562",
            "070-123 45 69",
            "08-508 15 000",
            "+46 70 123 45 69",
            "8112189876",
            "https://zoom.example/j/8112189876",
            "https://zoom.example/j/811218-9876",
            "?pwd=811218-9876",
            "811218-9875",
            "811318-9876",
            "2021-12-13",
            "2021-12-13–2021-12-15",
            "2021-12-13 10:15",
            "13–15 December",
            "10:15-11:45",
            "kl 9-",
            "1+",
            "0f811218-9876",
            "811218-98765",
            "811218 och 9876",
            "",
        ] {
            assert!(!holds_personal_number(fine), "{fine}");
        }
    }
}
