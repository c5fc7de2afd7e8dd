//! Codes → sentences, for those who type commands. The app has its own in its language files.

use samsynk_core::refusal::Refusal;

/// The sentence for a refusal; its code and parameters where there is none.
pub(super) fn sentence(refusal: &Refusal) -> String {
    let param = |name: &str| refusal.params.get(name).map_or("?", String::as_str);
    let found = template(&refusal.code).and_then(|template| filled(template, refusal));
    found.unwrap_or_else(|| match refusal.code.as_str() {
        "personal-number" => format!(
            "looks like a personal identity number; samsynk keeps none (field {})",
            param("field")
        ),
        code if refusal.params.is_empty() => format!("refused: {code}"),
        code => {
            let params: Vec<_> = refusal.params.iter().map(|(k, v)| format!("{k}={v}")).collect();
            format!("refused: {code} ({})", params.join(", "))
        }
    })
}

/// Fills the braces of a template; none where a parameter lacks, as from a server of another version.
fn filled(template: &str, refusal: &Refusal) -> Option<String> {
    let mut parts = template.split('{');
    let mut text = parts.next()?.to_owned();
    for part in parts {
        let (name, after) = part.split_once('}')?;
        text.push_str(refusal.params.get(name)?);
        text.push_str(after);
    }
    Some(text)
}

/// A sentence with its parameters in braces.
fn template(code: &str) -> Option<&'static str> {
    Some(match code {
        // Imports.
        "malformed" => "{reason}",
        "file-too-large" => "the file is longer than {max} bytes",
        "duplicate-id" => "the same id stands in {other} already",
        "unknown-reference" => "there is no {what} {id} in these files or the directory",
        "dates-reversed" => "the last day is before the first",
        "times-reversed" => "the end is not after the start",
        "outside-round" => "the date is outside its round",
        "successor-cycle" => "the units that succeed each other lead back to this one",
        "own-successor" => "a unit cannot succeed itself",
        "not-a-latitude" => "expected degrees north, from -90 to 90",
        "not-a-longitude" => "expected degrees east, from -180 to 180",
        "opens-without-closes" => "opens and closes go together: give both or none",
        "field-empty" => "must not be empty",
        "unit-not-in-round" => "the unit is not among the units of the round",
        "unit-not-of-group" => "the unit is not the one that hosts the group",
        "group-too-large" => "{count} students; a group has at most {max}",
        "not-a-student" => "this person does not have the role student",
        "not-of-the-universities" => "this person is not a student of a university of the round",
        "host-of-another-unit" => "the host's unit, of the first staff role, is not the visit's",
        "protected-not-stated" => {
            "/people/{person}: the identity is protected here; say \"protected\": true with the alias, or false"
        }
        "import-again" => "another import named the same people at the same time; import again",
        "host-not-staff" => "a host needs a staff role, as staff@UNIT",
        "stands-twice" => "stands here twice",
        "too-many-slots" => "a visit has at most {max} slots",
        "nothing-to-publish" => "a visit without slots cannot be published",
        "text-too-long" => "the text is too long; at most {max}",
        "link-invalid" => "expected a link that begins with https://",
        "too-many-items" => "more than {max}",
        // Accounts.
        "no-such-account" => "there is no such account; `samsynk account list` shows them",
        "no-such-device" => {
            "there is no such device, or it is revoked already; `samsynk device list` shows them"
        }
        "no-such-invitation" => {
            "there is no such invitation, or it is used already; `samsynk invitation list` shows them"
        }
        "too-many-devices" => {
            "the account has {max} devices; `samsynk device revoke` ends one that is not used"
        }
        "too-many-invitations" => {
            "the account has {max} unused invitations; `samsynk invitation revoke` withdraws them"
        }
        "too-many-days" => "an invitation can be used for 1 to {max} days",
        "name-empty" => "a name must not be empty",
        "no-such-unit" => "there is no unit {id}; the units are {known}",
        "no-such-university" => "there is no university {id}; the universities are {known}",
        "no-such-token" => "there is no such token, or it is revoked already",
        "no-such-role" => {
            "no such role; expected student, staff@UNIT, coordinator@UNIVERSITY, supervisor, lead, union or admin"
        }
        "no-such-document" => {
            "there is no such document; the address of its page in the app ends in its id, and `samsynk check` names those that are too large"
        }
        // Data.
        "file-exists" => "{path} exists already",
        "unavailable" => "the server is stopping",
        "request-too-large" => "more than a running server takes at once: {max} bytes",
        "data-in-use" => "another samsynk process is using this data",
        "store-corrupt" => {
            "the data is damaged ({why}); `samsynk restore` puts a backup in its place"
        }
        "store-too-new" => {
            "the data was written by a newer version of samsynk (it has version {found}; this program knows {known})"
        }
        "ledger-corrupt" => {
            "the ledger is damaged ({why}); move it away, and it is made again from the database"
        }
        "store-failed" => "the data cannot be read or written: {why}",
        "import-read-by-too-many" => {
            "so many people who read each other's cards, as those of one unit do, would hold everybody up; import two hundred at a time"
        }
        "import-too-large" => {
            "{count} people, rounds and plans; one import brings at most {max}, as everybody waits for it: split it"
        }
        _ => return of_allocations(code),
    })
}

fn of_allocations(code: &str) -> Option<&'static str> {
    Some(match code {
        "not-json" => "{reason}",
        "duplicate-key" => "stands here twice",
        "not-an-id" => {
            "expected ids of 1 to {max} bytes without control characters; entry {entry} has none"
        }
        "id-not-plain" => {
            "expected ids that nobody takes for others: composed letters (NFC), no invisible characters, single spaces; entry {entry} is another"
        }
        "too-many" => "expected at most {max}",
        "unknown-team" => "there is no team {id}",
        "unknown-topic" => "there is no topic {id}",
        "unknown-supervisor" => "there is no supervisor {id}",
        "unknown-district" => "there is no district {id}",
        "missing-district" => "expected the supervisor's district, as there are districts",
        "district-cycle" => {
            "expected a district that lies in others at most {max} deep, and not in itself"
        }
        "duplicate-rank" => "{id} is ranked twice; expected each once",
        "empty-tie-group" => "expected at least one in each group of a ranking",
        "not-two-sizes" => "expected the smallest and the largest team, as [1, 2]",
        "ranks-too-many" => {
            "a list of {ranks} ranks among so many teams takes too much memory by this rule; shorten the lists, or choose a stable rule"
        }
        "reasons-too-many" => "there is too much to explain; name teams with --explain",
        "size-out-of-range" => "expected a whole number of persons from {min} to {max}",
        "capacity-out-of-range" => "expected a whole number of teams from {min} to {max}",
        "lower-quota-out-of-range" => "expected a whole number from {min} to the capacity, {max}",
        "not-a-seed" => "expected 1 to {max} hexadecimal digits",
        "pin-not-ranked" => "expected a topic that the team ranks; it does not rank {topic}",
        "pin-team-size" => "expected a topic that takes teams of this size; {topic} does not",
        "pin-not-ranked-by-supervisor" => {
            "expected a topic whose supervisor ranks the team; that of {topic} does not"
        }
        "pins-over-capacity" => {
            "{pinned} teams are pinned to it; expected at most its capacity, {capacity}"
        }
        "lower-quota-infeasible" => {
            "no allocation meets all lower quotas; one that comes close gives the {quota} {id} {teams} of at least {lower} teams"
        }
        "lower-quota-unmet" => {
            "the stable allocation gives the {quota} {id} {teams} of at least {lower} teams. No other is sought; a one-sided rule \
             (greedy, generous, least-cost) meets lower quotas where that is possible, and a pin can help"
        }
        "derivation-too-long" => {
            "the allocation is feasible and stable, but was too long to derive again"
        }
        "certificate-too-long" => {
            "the allocation is feasible, but that it is the best was too long to show"
        }
        "paths-too-long" => "the reason was too long to find again",
        "search-too-large" => {
            "the size is possible, but that no stable allocation is larger was too long to show"
        }
        "largest-allocation-unknown" => "how large an allocation can be was too long to find",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_sentence_names_its_parameters_and_an_unknown_code_is_shown_as_it_is() {
        let refusal = Refusal::new("group-too-large").with("count", 11).with("max", 10);
        assert_eq!(sentence(&refusal), "11 students; a group has at most 10");
        let refusal = Refusal::new("brand-new").with("what", "x");
        assert_eq!(sentence(&refusal), "refused: brand-new (what=x)");
    }

    #[test]
    fn no_sentence_has_a_parameter_that_nobody_filled() {
        let source = include_str!("messages.rs");
        let codes =
            source.lines().filter_map(|line| line.trim().strip_prefix('"')?.split_once("\" =>"));
        let codes: Vec<_> = codes.map(|(code, _)| code).collect();
        assert!(codes.len() > 70, "{codes:?}");
        for code in codes {
            let said = sentence(&Refusal::new(code));
            assert!(!said.contains(['{', '}']), "{said}");
        }
    }

    #[test]
    fn every_reason_to_refuse_an_import_or_an_allocation_has_a_sentence() {
        let is_code = |text: &&str| {
            text.contains('-') && text.bytes().all(|b| b.is_ascii_lowercase() || b == b'-')
        };
        let sources = [
            include_str!("../import/check.rs"),
            include_str!("../../../client-core/src/matching/instance/check.rs"),
            include_str!("../../../client-core/src/matching/instance/file.rs"),
            include_str!("../../../client-core/src/matching/one_sided/mod.rs"),
            include_str!("../../../client-core/src/matching/mod.rs"),
        ];
        let codes = sources.iter().flat_map(|source| source.split('"').skip(1).step_by(2));
        let codes: BTreeSet<_> = codes.filter(is_code).collect();
        assert!(codes.len() > 40, "{codes:?}");
        for code in codes {
            assert!(template(code).is_some(), "{code}");
        }
    }
}
