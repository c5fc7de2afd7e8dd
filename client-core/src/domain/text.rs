//! Texts as people type them and as they are kept: one spelling of what looks the same.

/// Letters of the Latin alphabets of Europe with each combining mark: the base, then the letter that it makes.
///
/// A part of Unicode's canonical composition (UAX 15) that suffices for names and places here; all of it would be a
/// tenth of the browser's core.
const COMPOSED: [(char, &str); 13] = [
    ('\u{300}', "AÀEÈIÌOÒUÙaàeèiìoòuùNǸnǹ"),
    ('\u{301}', "AÁEÉIÍOÓUÚYÝaáeéiíoóuúyýCĆcćLĹlĺNŃnńRŔrŕSŚsśZŹzźGǴgǵ"),
    ('\u{302}', "AÂEÊIÎOÔUÛaâeêiîoôuûCĈcĉGĜgĝHĤhĥJĴjĵSŜsŝWŴwŵYŶyŷ"),
    ('\u{303}', "AÃNÑOÕaãnñoõIĨiĩUŨuũ"),
    ('\u{304}', "AĀaāEĒeēIĪiīOŌoōUŪuū"),
    ('\u{306}', "AĂaăEĔeĕGĞgğIĬiĭOŎoŏUŬuŭ"),
    ('\u{307}', "CĊcċEĖeėGĠgġIİZŻzż"),
    ('\u{308}', "AÄEËIÏOÖUÜaäeëiïoöuüyÿYŸ"),
    ('\u{30a}', "AÅaåUŮuů"),
    ('\u{30b}', "OŐoőUŰuű"),
    ('\u{30c}', "CČcčDĎdďEĚeěNŇnňRŘrřSŠsšTŤtťZŽzžGǦgǧ"),
    ('\u{327}', "CÇcçGĢKĶkķLĻlļNŅnņRŖrŗSŞsşTŢtţ"),
    ('\u{328}', "AĄaąEĘeęIĮiįUŲuų"),
];

/// The most marks on one letter, beside those that it is composed of: what Vietnamese, Hebrew, Arabic and Thai need. More
/// draw over the lines around them.
const MARKS_COUNT_MAX: usize = 2;

/// Returns the text in one spelling: composed letters with few marks, plain spaces, no control or invisible characters,
/// nothing around it. Line breaks stay, and so do joiners within emoji.
#[must_use]
pub fn tidy(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    let mut marks = 0;
    while let Some(letter) = letters.next() {
        let last = out.chars().next_back();
        marks = if is_mark(letter) { marks + 1 } else { 0 };
        match letter {
            '\r' if letters.peek() == Some(&'\n') => {}
            '\n' | '\r' | '\u{2028}' | '\u{2029}' => out.push('\n'),
            '\t' => out.push(' '),
            '\u{200d}' if last.is_some_and(is_symbol) => {
                if letters.peek().copied().is_some_and(is_symbol) {
                    out.push(letter);
                }
            }
            '\u{fe0f}' if last.is_some_and(|last| is_symbol(last) || is_keycap(last)) => {
                out.push(letter);
            }
            '\u{212b}' => out.push('Å'),
            _ if letter.is_control() || is_invisible(letter) => {}
            _ if letter.is_whitespace() => out.push(' '),
            _ => match last.and_then(|last| composed(last, letter)) {
                Some(whole) => {
                    out.pop();
                    out.push(whole);
                    marks = 0;
                }
                None if marks > MARKS_COUNT_MAX => {}
                None => out.push(letter),
            },
        }
    }
    out.trim().to_owned()
}

/// Returns the text as [`tidy`] does, on one line.
#[must_use]
pub fn tidy_line(text: &str) -> String {
    tidy(&tidy(text).replace('\n', " "))
}

/// Returns the text as [`tidy`] does, with words parted by single spaces: for comparing names and ids.
#[must_use]
pub fn comparable(text: &str) -> String {
    tidy(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

fn composed(base: char, mark: char) -> Option<char> {
    let (_, pairs) = COMPOSED.iter().find(|(known, _)| *known == mark)?;
    let mut letters = pairs.chars();
    while let (Some(from), Some(whole)) = (letters.next(), letters.next()) {
        if from == base {
            return Some(whole);
        }
    }
    None
}

/// Arrows, symbols and emoji, with what modifies them.
fn is_symbol(letter: char) -> bool {
    matches!(letter, '\u{203c}'..='\u{27bf}' | '\u{2900}'..='\u{2bff}' | '\u{fe0f}' | '\u{1f000}'..='\u{1faff}')
}

/// Marks that stand above, below or across the letter before them, as the Unicode blocks of scripts in use have them.
fn is_mark(letter: char) -> bool {
    matches!(
        letter,
        '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}' | '\u{591}'..='\u{5bd}' | '\u{5bf}'..='\u{5c7}'
            | '\u{610}'..='\u{61a}' | '\u{64b}'..='\u{65f}' | '\u{670}' | '\u{6d6}'..='\u{6ed}'
            | '\u{711}' | '\u{730}'..='\u{74a}' | '\u{7a6}'..='\u{7b0}' | '\u{7eb}'..='\u{7f3}'
            | '\u{816}'..='\u{82d}' | '\u{859}'..='\u{85b}' | '\u{897}'..='\u{902}' | '\u{93c}' | '\u{941}'..='\u{948}'
            | '\u{94d}' | '\u{951}'..='\u{957}' | '\u{e31}' | '\u{e34}'..='\u{e3a}' | '\u{e47}'..='\u{e4e}'
            | '\u{eb1}' | '\u{eb4}'..='\u{ebc}' | '\u{ec8}'..='\u{ece}' | '\u{f18}'..='\u{f19}' | '\u{f35}'..='\u{f39}'
            | '\u{f71}'..='\u{f87}' | '\u{f8d}'..='\u{fc6}' | '\u{102d}'..='\u{103a}' | '\u{135d}'..='\u{135f}'
            | '\u{17b7}'..='\u{17d3}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}'
            | '\u{2de0}'..='\u{2dff}' | '\u{302a}'..='\u{302f}' | '\u{3099}'..='\u{309a}' | '\u{a66f}'..='\u{a67d}'
            | '\u{a8e0}'..='\u{a8f1}' | '\u{fe20}'..='\u{fe2f}' | '\u{1e000}'..='\u{1e02a}'
    )
}

fn is_keycap(letter: char) -> bool {
    letter.is_ascii_digit() || matches!(letter, '#' | '*')
}

/// Characters without width, and those that turn the direction of what follows.
fn is_invisible(letter: char) -> bool {
    matches!(
        letter,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_the_same_is_written_the_same() {
        for spelling in [
            "Rum Åsö",
            "Rum A\u{30a}so\u{308}",
            " Rum Åsö ",
            "Rum\u{a0}Åsö\u{200b}",
            "\u{feff}Rum \u{212b}sö",
            "Rum\tÅ\u{ad}sö\u{202e}",
        ] {
            assert_eq!(tidy(spelling), "Rum Åsö", "{spelling:?}");
        }
        for blank in ["", " ", "\u{a0}\u{200b}", "\n\t", "\u{2800}\u{3164}", "\0"] {
            assert_eq!(tidy(blank), "", "{blank:?}");
        }
    }

    #[test]
    fn lines_and_emoji_stay() {
        assert_eq!(tidy("Ett\r\ntvå\n"), "Ett\ntvå");
        assert_eq!(tidy_line("Ett\r\ntvå\n"), "Ett två");
        for kept in ["👩\u{200d}🏫 och 👍🏽", "❤\u{fe0f}", "1\u{fe0f}\u{20e3}", "Łódź, Ğ, ñ"]
        {
            assert_eq!(tidy(kept), kept);
        }
        assert_eq!(tidy("a\u{200d}b\u{fe0f}"), "ab");
        let piled = format!("Z{}a{}", "\u{301}".repeat(199), "\u{30a}\u{489}\u{489}\u{489}");
        assert_eq!(tidy(&piled), "Ź\u{301}\u{301}å\u{489}\u{489}");
        assert_eq!(comparable(" s \u{a0} 1\u{200b}"), "s 1");
    }
}
