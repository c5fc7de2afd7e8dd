//! Bytes that Automerge 0.12 does not survive, or that cost it minutes and gigabytes.

use samsynk_core::limits::{FRAME_BYTES_MAX, OP_COUNTER_MAX};
use samsynk_tests::forge::{
    self, CHANGE, Change, DOCUMENT, Document, VERSIONS, bomb, chunk, column, compressed_chunk,
    deflate, message, nulls, prefixed, repeat, signed, summary, texts, unsigned,
};

use crate::scene::Scene;

const ACTOR: &[u8] = &[0xaa; 16];

#[tokio::test]
async fn heads_needs_and_bloom_filters() {
    let mut scene = Scene::start().await;
    let filter = |entries: u64, bits: u64, probes: u64, bytes: usize| {
        [unsigned(entries), unsigned(bits), unsigned(probes), vec![0xff; bytes]].concat()
    };
    let huge = unsigned(u64::MAX);
    for version in VERSIONS {
        let cases = [
            ("no bits for an entry", summary(version, &filter(1, 0, 7, 0)), "bloom-filter"),
            (
                "endless probes",
                summary(version, &filter(1, 10, u32::MAX.into(), 2)),
                "bloom-filter",
            ),
            ("10^8 probes", summary(version, &filter(1, 10, 100_000_000, 2)), "bloom-filter"),
            ("no probes", summary(version, &filter(1, 10, 0, 2)), "bloom-filter"),
            (
                "endless entries",
                summary(version, &filter(u32::MAX.into(), 10, 7, 2)),
                "bloom-filter",
            ),
            ("a filter that is short", summary(version, &filter(10, 10, 7, 12)), "bloom-filter"),
            ("a filter that is long", summary(version, &filter(10, 10, 7, 14)), "bloom-filter"),
            ("endless heads", [&[version][..], &huge].concat(), "heads"),
            ("endless needs", [&[version, 0][..], &huge].concat(), "need"),
            ("endless summaries", [&[version, 0, 0][..], &huge].concat(), "have"),
            ("endless changes", [&[version, 0, 0, 0][..], &huge].concat(), "changes"),
            ("a change without end", [&[version, 0, 0, 0, 1][..], &huge].concat(), "cut-off"),
            ("a number without end", [&[version][..], &[0xff; 64]].concat(), "number-form"),
            (
                "the same need twice",
                [&[version, 0, 2][..], &[7; 64], &[0, 0]].concat(),
                "hash-order",
            ),
            ("flags without end", [&[version, 0, 0, 0, 0][..], &huge].concat(), "cut-off"),
            ("something more", [&message(version, &[])[..], &[0]].concat(), "trailing-bytes"),
        ];
        for (what, data, why) in cases {
            scene.refused_for(what, data, why).await;
        }
    }
    scene.refused_for("another version", vec![0x44, 0, 0, 0, 0], "version").await;
}

#[tokio::test]
async fn chunks_and_compression() {
    let mut scene = Scene::start().await;
    let change = Change::setting(ACTOR, 1);
    let good = change.chunk();
    let with = |at: usize, byte: u8| {
        let mut bytes = good.clone();
        bytes[at] = byte;
        bytes
    };
    let gigabyte = bomb(1024);
    // One change whose value is a gigabyte of zeros, with a checksum that is not worth computing.
    let deflated = compressed_chunk(&change.body(), &gigabyte);
    let columns = vec![(column::ACTION | column::DEFLATED, gigabyte.clone())];
    let history = Document { changes: vec![(0x01 | 0x08, gigabyte)], ..Document::default() };
    let operations = Document { operations: columns, ..Document::default() };
    let deflated_column = change.clone().with(column::ACTION | column::DEFLATED, deflate(&[1, 1]));
    for version in VERSIONS {
        let cases = [
            ("a wrong checksum", with(4, !good[4]), "checksum"),
            ("wrong magic", with(0, 0), "chunk-magic"),
            ("a bundle", chunk(3, &change.body()), "chunk-type"),
            ("an unknown type", chunk(9, &change.body()), "chunk-type"),
            ("a chunk without end", [&good[..9], &unsigned(u64::MAX)].concat(), "cut-off"),
            ("a deflated gigabyte", deflated.clone(), "inflated-bytes"),
            ("a column of a gigabyte", operations.chunk(), "inflated-bytes"),
            ("a history of a gigabyte", history.chunk(), "inflated-bytes"),
            ("no stream", compressed_chunk(&change.body(), &[0xff; 20]), "compression"),
            (
                "a stream and more",
                compressed_chunk(&change.body(), &[deflate(&change.body()), vec![0]].concat()),
                "compression",
            ),
            ("a compressed column of a change", deflated_column.chunk(), "columns"),
            (
                "a document after a change",
                [&good[..], &chunk(DOCUMENT, &[0; 4])].concat(),
                "document-place",
            ),
            ("an empty chunk", chunk(CHANGE, &[]), "cut-off"),
            ("an empty document chunk", chunk(DOCUMENT, &[]), "cut-off"),
        ];
        for (what, change, why) in cases {
            scene.refused_for(what, message(version, &[change]), why).await;
        }
    }
    let large = message(VERSIONS[1], &[vec![0; FRAME_BYTES_MAX - 1_000]]);
    scene.refused_for("four megabytes of nothing", large, "chunk-magic").await;
}

#[tokio::test]
async fn run_lengths() {
    let mut scene = Scene::start().await;
    let change = || Change::setting(ACTOR, 3);
    let millions = Change::setting(ACTOR, 10_000_000);
    let nobody = nulls(10_000_000);
    for version in VERSIONS {
        let cases = [
            ("10^7 operations in 65 bytes", millions.clone(), "operations"),
            ("2^62 operations", Change::setting(ACTOR, 1 << 62), "operations"),
            ("nulls for actions", change().with(column::ACTION, nulls(3)), "action"),
            ("10^7 nulls for actions", change().with(column::ACTION, nobody.clone()), "operations"),
            (
                "a literal run without end",
                change().with(column::ACTION, [signed(i64::MIN), vec![1]].concat()),
                "cut-off",
            ),
            ("an empty run", change().with(column::KEY_TEXT, nulls(0)), "run-form"),
            ("a longer column", change().with(column::KEY_TEXT, texts(4, "k")), "column-long"),
            (
                "an endless column",
                change().with(column::KEY_TEXT, texts(1 << 62, "k")),
                "column-long",
            ),
            ("a shorter column", change().with(column::KEY_TEXT, texts(2, "k")), "column-short"),
            ("endless truth", change().with(column::INSERT, unsigned(u64::MAX)), "column-long"),
            (
                "endless predecessors",
                change().with(column::PRED_COUNT, repeat(3, 1 << 62)),
                "predecessors",
            ),
            (
                "predecessors that are not there",
                change().with(column::PRED_COUNT, repeat(3, 5)),
                "predecessors",
            ),
            (
                "values that are not there",
                change().with(column::VALUE_META, repeat(3, (9 << 4) | 6)),
                "cut-off",
            ),
            (
                "values of 2^60 bytes",
                change().with(column::VALUE_META, repeat(3, (1 << 63) | 6)),
                "cut-off",
            ),
            (
                "a value of an unknown type",
                change().with(column::VALUE_META, repeat(3, 10)),
                "value-type",
            ),
            ("bytes that are no value's", change().with(column::VALUE, vec![0; 9]), "column-long"),
            ("an unknown column", change().with(0xf2, repeat(3, 1)), "columns"),
            ("an unknown action", change().with(column::ACTION, repeat(3, 8)), "action"),
            ("a table", change().with(column::ACTION, repeat(3, 6)), "action"),
            ("an object of nobody", change().with(column::OBJECT_ACTOR, repeat(3, 9)), "object"),
            ("marks without a place", change().with(column::MARK, texts(3, "strong")), "mark"),
        ];
        for (what, change, why) in cases {
            scene.refused_for(what, message(version, &[change.chunk()]), why).await;
        }
    }
}

#[tokio::test]
async fn heads_of_changes() {
    let mut scene = Scene::start().await;
    let change = || Change::setting(ACTOR, 3);
    let numbered = |seq, start_op| Change { seq, start_op, ..change() };
    for version in VERSIONS {
        let cases = [
            ("the last number", numbered(1, u64::from(u32::MAX)), "op-counter"),
            ("beyond the last number", numbered(1, 1 << 60), "op-counter"),
            ("up to the last number", numbered(1, OP_COUNTER_MAX - 1), "op-counter"),
            ("from nothing", numbered(1, 0), "op-counter"),
            ("an endless sequence", numbered(u64::MAX, 1), "sequence"),
            ("no sequence", numbered(0, 1), "sequence"),
            ("the end of time", Change { time: i64::MAX, ..change() }, "time"),
            ("the beginning of time", Change { time: i64::MIN, ..change() }, "time"),
            ("words that are none", Change { message: vec![0xff; 9], ..change() }, "text-encoding"),
            ("many words", Change { message: vec![b'a'; 9_999], ..change() }, "change-message"),
            ("a long name", Change { actor: vec![1; 65], ..change() }, "actor-bytes"),
            ("no name", Change { actor: vec![], ..change() }, "actor-bytes"),
            (
                "itself as another",
                Change { others: vec![ACTOR.to_vec()], ..change() },
                "actor-order",
            ),
            (
                "others in disorder",
                Change { others: vec![vec![2], vec![1]], ..change() },
                "actor-order",
            ),
            ("dependencies twice", Change { deps: vec![[1; 32]; 2], ..change() }, "hash-order"),
            (
                "an author too late",
                Change { seq: 2, extra: vec![1, 1, 7], ..change() },
                "extra-bytes",
            ),
            ("much more", Change { extra: vec![0; 9_999], ..change() }, "extra-bytes"),
        ];
        for (what, change, why) in cases {
            scene.refused_for(what, message(version, &[change.chunk()]), why).await;
        }
    }
    let many = [unsigned(u64::MAX), vec![0; 100]].concat();
    scene
        .refused_for("endless dependencies", message(0x42, &[chunk(CHANGE, &many)]), "dependencies")
        .await;
}

/// Changes whose dependencies nobody has: Automerge would keep them all, for ever.
#[tokio::test]
async fn invented_dependencies() {
    let mut scene = Scene::start().await;
    for version in VERSIONS {
        let changes: Vec<Vec<u8>> = (0..20_000_u64)
            .map(|n| {
                let mut dep = [0; 32];
                dep[..8].copy_from_slice(&n.to_be_bytes());
                let actor = [&n.to_be_bytes()[..], &[version; 8]].concat();
                Change { deps: vec![dep], ..Change::setting(&actor, 1) }.chunk()
            })
            .collect();
        scene.refused_for("20,000 orphans", message(version, &changes), "dependencies").await;
    }
}

/// A whole document of forged columns.
#[tokio::test]
async fn documents() {
    let mut scene = Scene::start().await;
    let none = Document::default;
    // One change without operations, whose hash nobody has looked at.
    let one = |operations| Document {
        actors: vec![ACTOR.to_vec()],
        heads: vec![[1; 32]],
        changes: vec![
            (0x01, repeat(1, 0)),
            (0x03, repeat(1, 1)),
            (0x13, repeat(1, 0)),
            (0x40, repeat(1, 0)),
            (0x56, repeat(1, 7)),
        ],
        operations,
        ..Document::default()
    };
    let assignment = |successors| {
        vec![
            (column::KEY_TEXT, texts(1, "k")),
            (column::ID_ACTOR, repeat(1, 0)),
            (column::ID_COUNTER, repeat(1, 1)),
            (column::INSERT, unsigned(1)),
            (column::ACTION, repeat(1, 1)),
            (column::VALUE_META, repeat(1, 0)),
            (column::SUCC_COUNT, repeat(1, successors)),
        ]
    };
    let million = repeat(10_000_000, 0);
    let disorder = vec![(0x42, vec![]), (0x01, vec![])];
    for version in VERSIONS {
        let cases = [
            (
                "10^7 changes",
                Document { changes: vec![(0x01, million.clone())], ..none() },
                "changes",
            ),
            ("10^7 operations", one(vec![(column::ID_ACTOR, million.clone())]), "operations"),
            (
                "actors in disorder",
                Document { actors: vec![vec![2], vec![1]], ..none() },
                "actor-order",
            ),
            ("an actor without changes", Document { actors: vec![vec![1]], ..none() }, "actors"),
            ("heads without changes", Document { heads: vec![[1; 32]], ..none() }, "heads"),
            ("a place too many", Document { head_places: vec![0], ..none() }, "trailing-bytes"),
            ("columns in disorder", Document { operations: disorder.clone(), ..none() }, "columns"),
            ("an operation of no change", one(assignment(0)), "operation-without-change"),
            ("endless successors", one(assignment(1 << 62)), "successors"),
        ];
        for (what, document, why) in cases {
            scene.refused_for(what, message(version, &[document.chunk()]), why).await;
        }
    }
    let endless = [unsigned(u64::MAX), prefixed(ACTOR)].concat();
    let data = message(forge::VERSIONS[1], &[chunk(DOCUMENT, &endless)]);
    scene.refused_for("endless actors", data, "actors").await;
}
