//! Opens files and standard input, and decompresses them by their first bytes.

use std::fs::File;
use std::io::{self, BufReader, Cursor, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// An opened input.
pub struct Input {
    /// The name as given on the command line.
    pub name: String,
    /// The decompressed bytes.
    pub reader: Box<dyn Read + Send>,
}

/// Counts the bytes read, before decompression, for a progress bar.
pub type ByteCounter = Arc<AtomicU64>;

/// Opens a file, or standard input for `-`. Recognises gzip and Zstandard by their first bytes.
///
/// # Errors
///
/// Returns a message that names the cause.
pub fn open(name: &str, counter: &ByteCounter) -> Result<Input, String> {
    if name == "-" {
        let reader = unpack(io::stdin(), counter).map_err(|e| e.to_string())?;
        return Ok(Input { name: "<stdin>".into(), reader });
    }
    if std::fs::metadata(Path::new(name)).map_err(|e| plain(&e))?.is_dir() {
        return Err("is a directory; name its files, for example with DIR/*.csv".into());
    }
    let file = File::open(Path::new(name)).map_err(|e| plain(&e))?;
    let reader = unpack(file, counter).map_err(|e| plain(&e))?;
    Ok(Input { name: name.to_owned(), reader })
}

/// Returns the error as text, for the common causes without the operating system's error number.
fn plain(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "no such file".into(),
        io::ErrorKind::PermissionDenied => "no permission to read it".into(),
        _ => error.to_string(),
    }
}

fn unpack(source: impl Read + Send + 'static, counter: &ByteCounter) -> io::Result<Box<dyn Read + Send>> {
    let mut source = Counting { inner: source, count: Arc::clone(counter) };
    let mut magic = Vec::with_capacity(4);
    source.by_ref().take(4).read_to_end(&mut magic)?;
    let kind = magic.clone();
    let whole = Cursor::new(magic).chain(source);
    Ok(match kind.as_slice() {
        [0x1f, 0x8b, ..] => {
            Box::new(flate2::bufread::MultiGzDecoder::new(BufReader::with_capacity(1 << 16, whole)))
        }
        [0x28, 0xb5, 0x2f, 0xfd] => Box::new(zstd::stream::read::Decoder::new(whole)?),
        _ => Box::new(whole),
    })
}

struct Counting<R> {
    inner: R,
    count: ByteCounter,
}

impl<R: Read> Read for Counting<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.count.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::{ByteCounter, unpack};
    use std::io::{Cursor, Read as _, Write as _};

    fn content(bytes: Vec<u8>) -> String {
        let mut text = String::new();
        unpack(Cursor::new(bytes), &ByteCounter::default()).unwrap().read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn compressed_inputs_are_recognised_by_their_first_bytes() {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(b"hello").unwrap();
        assert_eq!(content(gzip.finish().unwrap()), "hello");
        assert_eq!(content(zstd::encode_all(&b"hello"[..], 1).unwrap()), "hello");
        assert_eq!(content(b"hi".to_vec()), "hi");
        assert_eq!(content(Vec::new()), "");
    }
}
