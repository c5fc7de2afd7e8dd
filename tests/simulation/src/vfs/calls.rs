//! What SQLite calls: conversions only, each call handed on to [`OpenFile`].
//!
//! SQLite promises (<https://sqlite.org/c3ref/io_methods.html>, <https://sqlite.org/c3ref/vfs.html>) that
//! pointers are valid for the length of a call, that buffers are as long as it says, and that a file is
//! used by one thread at a time, from `xOpen` to `xClose`.
#![allow(unsafe_code)] // A table of C functions cannot be had without.

use std::ffi::{CStr, c_char, c_int, c_void};
use std::sync::Once;

use rusqlite::ffi::{self, sqlite3_file, sqlite3_io_methods, sqlite3_vfs};

use super::locks::Level;
use super::open::{self, OpenFile};
use super::{NAME, locate};

/// SQLite's view of an open file: its own part, then ours.
#[repr(C)]
struct Slot {
    base: sqlite3_file,
    file: *mut OpenFile,
}

/// The longest path, in bytes; ours have under 60.
const PATH_BYTES_MAX: c_int = 512;

/// What a disk writes without harm to what lies beside it, as SQLite assumes on Unix, in bytes.
const SECTOR_BYTES: c_int = 4096;

/// A moment in 2021 as a Julian day in milliseconds: nothing in our databases depends on SQLite's clock.
const JULIAN_MILLIS: i64 = 212_500_000_000_000;

static METHODS: sqlite3_io_methods = sqlite3_io_methods {
    iVersion: 2,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock),
    xUnlock: Some(unlock),
    xCheckReservedLock: Some(check_reserved_lock),
    xFileControl: Some(file_control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(device_characteristics),
    xShmMap: Some(shm_map),
    xShmLock: Some(shm_lock),
    xShmBarrier: Some(shm_barrier),
    xShmUnmap: Some(shm_unmap),
    xFetch: None,
    xUnfetch: None,
};

/// Makes this VFS known to SQLite, once.
pub(super) fn register() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let name = std::ffi::CString::new(NAME).expect("the name has no zero in it");
        let vfs = Box::new(sqlite3_vfs {
            iVersion: 2,
            szOsFile: c_int::try_from(size_of::<Slot>()).expect("two pointers"),
            mxPathname: PATH_BYTES_MAX,
            pNext: std::ptr::null_mut(),
            zName: name.into_raw(),
            pAppData: std::ptr::null_mut(),
            xOpen: Some(open_file),
            xDelete: Some(delete),
            xAccess: Some(access),
            xFullPathname: Some(full_pathname),
            xDlOpen: None,
            xDlError: None,
            xDlSym: None,
            xDlClose: None,
            xRandomness: Some(randomness),
            xSleep: Some(sleep),
            xCurrentTime: Some(current_time),
            xGetLastError: None,
            xCurrentTimeInt64: Some(current_time_millis),
            xSetSystemCall: None,
            xGetSystemCall: None,
            xNextSystemCall: None,
        });
        // SAFETY: SQLite keeps the pointer for as long as the process runs, and so do we: both boxes are leaked.
        let code = unsafe { ffi::sqlite3_vfs_register(Box::leak(vfs), 0) };
        assert_eq!(code, ffi::SQLITE_OK, "a VFS with a name of its own can be registered");
    });
}

/// The open file behind SQLite's pointer.
///
/// # Safety
///
/// The pointer is one that [`open_file`] has filled in and [`close`] has not been called with.
unsafe fn file<'a>(slot: *mut sqlite3_file) -> &'a mut OpenFile {
    // SAFETY: `open_file` put a pointer from a box there, and only `close` takes it back. SQLite uses a file
    // from one thread at a time, so this is the only reference.
    unsafe { &mut *(*slot.cast::<Slot>()).file }
}

/// The text behind a path of SQLite's.
///
/// # Safety
///
/// The pointer is null or leads to bytes that end with a zero.
unsafe fn text<'a>(path: *const c_char) -> Option<&'a str> {
    if path.is_null() {
        return None;
    }
    // SAFETY: the caller's promise.
    unsafe { CStr::from_ptr(path) }.to_str().ok()
}

fn place(offset: i64) -> usize {
    usize::try_from(offset).expect("SQLite's offsets are not negative")
}

unsafe extern "C" fn open_file(
    _: *mut sqlite3_vfs,
    path: *const c_char,
    slot: *mut sqlite3_file,
    flags: c_int,
    out_flags: *mut c_int,
) -> c_int {
    // SAFETY: SQLite gives `szOsFile` bytes for a slot, to be filled in, and reads `pMethods` also after a failure.
    unsafe { (*slot).pMethods = std::ptr::null() };
    // SAFETY: SQLite's paths end with a zero; a temporary file has none. Ours keep those in memory.
    let Some((machine, name)) = unsafe { text(path) }.and_then(locate) else {
        return ffi::SQLITE_CANTOPEN;
    };
    let opened = match OpenFile::open(machine, name, flags) {
        Ok(opened) => opened,
        Err(code) => return code,
    };
    // SAFETY: the slot is ours to fill in, and `out_flags` is null or SQLite's to be filled in.
    unsafe {
        (*slot.cast::<Slot>()).file = Box::into_raw(Box::new(opened));
        (*slot).pMethods = &raw const METHODS;
        if !out_flags.is_null() {
            *out_flags = flags;
        }
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn close(slot: *mut sqlite3_file) -> c_int {
    // SAFETY: `open_file` put a pointer from a box there; SQLite closes a file once and then forgets it.
    let opened = unsafe { Box::from_raw((*slot.cast::<Slot>()).file) };
    opened.close();
    ffi::SQLITE_OK
}

unsafe extern "C" fn read(
    slot: *mut sqlite3_file,
    into: *mut c_void,
    amount: c_int,
    offset: i64,
) -> c_int {
    // SAFETY: the buffer is SQLite's and `amount` bytes long; SQLite does not ask for its content, so that what
    // is not yet initialised in it is only written.
    let into = unsafe {
        std::ptr::write_bytes(into.cast::<u8>(), 0, place(amount.into()));
        std::slice::from_raw_parts_mut(into.cast::<u8>(), place(amount.into()))
    };
    // SAFETY: SQLite reads from files that are open.
    unsafe { file(slot) }.read(place(offset), into)
}

unsafe extern "C" fn write(
    slot: *mut sqlite3_file,
    from: *const c_void,
    amount: c_int,
    offset: i64,
) -> c_int {
    // SAFETY: the buffer is SQLite's, `amount` bytes long and initialised.
    let from = unsafe { std::slice::from_raw_parts(from.cast::<u8>(), place(amount.into())) };
    // SAFETY: SQLite writes to files that are open.
    unsafe { file(slot) }.write(place(offset), from)
}

unsafe extern "C" fn truncate(slot: *mut sqlite3_file, size: i64) -> c_int {
    // SAFETY: SQLite truncates files that are open.
    unsafe { file(slot) }.truncate(place(size))
}

unsafe extern "C" fn sync(slot: *mut sqlite3_file, _: c_int) -> c_int {
    // SAFETY: SQLite syncs files that are open.
    unsafe { file(slot) }.sync()
}

unsafe extern "C" fn file_size(slot: *mut sqlite3_file, size: *mut i64) -> c_int {
    // SAFETY: the file is open, and the number is SQLite's to be filled in.
    unsafe { *size = i64::try_from(file(slot).size()).expect("files are in memory") };
    ffi::SQLITE_OK
}

unsafe extern "C" fn lock(slot: *mut sqlite3_file, level: c_int) -> c_int {
    // SAFETY: SQLite locks files that are open.
    unsafe { file(slot) }.lock(Level::of(level))
}

unsafe extern "C" fn unlock(slot: *mut sqlite3_file, level: c_int) -> c_int {
    // SAFETY: SQLite unlocks files that are open.
    unsafe { file(slot) }.unlock(Level::of(level));
    ffi::SQLITE_OK
}

unsafe extern "C" fn check_reserved_lock(slot: *mut sqlite3_file, reserved: *mut c_int) -> c_int {
    // SAFETY: the file is open, and the number is SQLite's to be filled in.
    unsafe { *reserved = file(slot).is_reserved().into() };
    ffi::SQLITE_OK
}

unsafe extern "C" fn file_control(_: *mut sqlite3_file, _: c_int, _: *mut c_void) -> c_int {
    ffi::SQLITE_NOTFOUND
}

unsafe extern "C" fn sector_size(_: *mut sqlite3_file) -> c_int {
    SECTOR_BYTES
}

unsafe extern "C" fn device_characteristics(_: *mut sqlite3_file) -> c_int {
    ffi::SQLITE_IOCAP_POWERSAFE_OVERWRITE
}

unsafe extern "C" fn shm_map(
    slot: *mut sqlite3_file,
    index: c_int,
    _size: c_int,
    make: c_int,
    out: *mut *mut c_void,
) -> c_int {
    // SAFETY: the file is open.
    let region = unsafe { file(slot) }.region(place(index.into()), make != 0);
    let (region, code) = match region {
        Ok(region) => (region, ffi::SQLITE_OK),
        Err(code) => (None, code),
    };
    // SAFETY: the pointer is SQLite's to be filled in. What it leads to lives until the file has left the shared
    // memory, since the file holds on to that.
    unsafe { *out = region.map_or(std::ptr::null_mut(), <*mut u64>::cast) };
    code
}

unsafe extern "C" fn shm_lock(
    slot: *mut sqlite3_file,
    first: c_int,
    count: c_int,
    flags: c_int,
) -> c_int {
    let range = place(first.into())..place((first + count).into());
    // SAFETY: the file is open.
    let file = unsafe { file(slot) };
    if flags & ffi::SQLITE_SHM_UNLOCK != 0 {
        file.unlock_shared(range);
        return ffi::SQLITE_OK;
    }
    file.lock_shared(range, flags & ffi::SQLITE_SHM_EXCLUSIVE != 0)
}

unsafe extern "C" fn shm_barrier(_: *mut sqlite3_file) {
    std::sync::atomic::fence(std::sync::atomic::Ordering::SeqCst);
}

unsafe extern "C" fn shm_unmap(slot: *mut sqlite3_file, _delete: c_int) -> c_int {
    // SAFETY: the file is open.
    unsafe { file(slot) }.leave_shared();
    ffi::SQLITE_OK
}

unsafe extern "C" fn delete(_: *mut sqlite3_vfs, path: *const c_char, sync: c_int) -> c_int {
    // SAFETY: SQLite's paths end with a zero.
    match unsafe { text(path) }.and_then(locate) {
        Some((machine, name)) => open::delete(&machine, name, sync != 0),
        None => ffi::SQLITE_IOERR_DELETE,
    }
}

unsafe extern "C" fn access(
    _: *mut sqlite3_vfs,
    path: *const c_char,
    _: c_int,
    out: *mut c_int,
) -> c_int {
    // SAFETY: SQLite's paths end with a zero.
    let found = unsafe { text(path) }.and_then(locate);
    let exists = found.is_some_and(|(machine, name)| open::exists(&machine, name));
    // SAFETY: the number is SQLite's to be filled in.
    unsafe { *out = exists.into() };
    ffi::SQLITE_OK
}

unsafe extern "C" fn full_pathname(
    _: *mut sqlite3_vfs,
    path: *const c_char,
    length: c_int,
    out: *mut c_char,
) -> c_int {
    // SAFETY: SQLite's paths end with a zero.
    let bytes = unsafe { CStr::from_ptr(path) }.to_bytes_with_nul();
    if bytes.len() > place(length.into()) {
        return ffi::SQLITE_CANTOPEN;
    }
    // SAFETY: `out` has `length` bytes, as compared above, and is not `path`.
    unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr().cast(), out, bytes.len()) };
    ffi::SQLITE_OK
}

/// The same every time: a simulation that is run again is to see the same.
unsafe extern "C" fn randomness(_: *mut sqlite3_vfs, length: c_int, out: *mut c_char) -> c_int {
    // SAFETY: `out` has `length` bytes.
    unsafe { std::ptr::write_bytes(out, 0x5a, place(length.into())) };
    length
}

/// Time does not pass while SQLite waits for a lock: whoever holds it is on the same thread.
unsafe extern "C" fn sleep(_: *mut sqlite3_vfs, micros: c_int) -> c_int {
    micros
}

unsafe extern "C" fn current_time(_: *mut sqlite3_vfs, out: *mut f64) -> c_int {
    // SAFETY: the number is SQLite's to be filled in.
    unsafe { *out = JULIAN_MILLIS as f64 / 86_400_000.0 };
    ffi::SQLITE_OK
}

unsafe extern "C" fn current_time_millis(_: *mut sqlite3_vfs, out: *mut i64) -> c_int {
    // SAFETY: the number is SQLite's to be filled in.
    unsafe { *out = JULIAN_MILLIS };
    ffi::SQLITE_OK
}
