//! Output files: each takes its place when it is complete, and until then an existing file stays unchanged.

use anyhow::{Context as _, bail};
use std::fs::{File, Permissions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// Writes a file as a whole. Standard output (`-`), devices and pipes are written directly.
pub(super) fn write_whole(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> anyhow::Result<()> {
    if path == Path::new("-") {
        return Ok(write(&mut io::stdout().lock())?);
    }
    write_file(path, write).with_context(|| named(path))
}

fn write_file(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    if is_in_place(path) {
        return write_all(&File::options().write(true).open(path)?, write);
    }
    let draft = Draft::of(path)?;
    write_all(&draft.file, write)?;
    draft.publish()
}

fn write_all(file: &File, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let mut out = BufWriter::new(file);
    write(&mut out)?;
    out.flush()
}

/// Returns whether the path is a device or a pipe, which cannot be replaced and is written to directly.
fn is_in_place(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|metadata| !metadata.is_file())
}

/// Rejects files that [`write_whole`] could not write, and two outputs on one file, before the work whose results
/// go there.
pub(super) fn refuse_unwritable<'p>(paths: impl Iterator<Item = &'p Path>) -> anyhow::Result<()> {
    let mut places: Vec<PathBuf> = Vec::new();
    for path in paths {
        if path.is_dir() {
            bail!("{}: it is a folder", named(path));
        }
        let place = if path == Path::new("-") || is_in_place(path) {
            path.to_owned()
        } else {
            Draft::of(path).with_context(|| named(path))?.target
        };
        if places.contains(&place) {
            let name =
                if path == Path::new("-") { "standard output".into() } else { path.display().to_string() };
            bail!(
                "{name}: two outputs would be written to it; give each a file of its own, with --output for the report"
            );
        }
        places.push(place);
    }
    Ok(())
}

/// The files that a run writes, as far as they exist already.
pub(super) struct Existing(Vec<PathBuf>);

impl Existing {
    /// Finds those of the paths that are files.
    pub(super) fn of<'p>(paths: impl Iterator<Item = &'p Path>) -> Self {
        Self(paths.filter_map(canonical_file).collect())
    }

    /// Rejects an input that would be overwritten.
    pub(super) fn refuse(&self, input: &Path) -> Result<(), String> {
        let is_output = canonical_file(input).is_some_and(|input| self.0.contains(&input));
        if !is_output {
            return Ok(());
        }
        Err(format!("{}: is an input of this run; writing the output would overwrite it", input.display()))
    }
}

/// Returns the canonical path if it is an existing file.
fn canonical_file(path: &Path) -> Option<PathBuf> {
    let whole = path.canonicalize().ok()?;
    whole.is_file().then_some(whole)
}

fn named(path: &Path) -> String {
    format!("{}: cannot be written", path.display())
}

/// A file that is not yet in its place.
struct Draft {
    file: File,
    /// Its present name, removed with the draft; `None` for a file without a name, which vanishes with the process,
    /// however that ends.
    name: Option<tempfile::TempPath>,
    /// The file that it becomes: where a link leads, the file behind it.
    target: PathBuf,
}

impl Draft {
    /// Creates a draft in the folder of the file behind `path`, with the permissions of that file if it exists.
    fn of(path: &Path) -> io::Result<Self> {
        let target = behind_links(path)?;
        let folder = folder(&target);
        let (file, name) = if let Ok(file) = nameless(folder) {
            (file, None)
        } else {
            // Some file systems know only files with names.
            let create = |path: &Path| File::options().write(true).create_new(true).open(path);
            let (file, name) = draft_names().make_in(folder, create)?.into_parts();
            (file, Some(name))
        };
        if let Ok(existing) = std::fs::metadata(&target) {
            refuse_read_only(&existing.permissions(), &target)?;
            file.set_permissions(existing.permissions())?;
        }
        Ok(Self { file, name, target })
    }

    /// Puts the file in its place.
    fn publish(self) -> io::Result<()> {
        self.file.sync_all()?;
        let name = if let Some(name) = self.name {
            name
        } else {
            let link = |path: &Path| link(&self.file, path);
            draft_names().make_in(folder(&self.target), link)?.into_temp_path()
        };
        name.persist(&self.target).map_err(|error| error.error)
    }
}

/// Names for a draft: hidden, and different at each try.
fn draft_names() -> tempfile::Builder<'static, 'static> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".steadfast-").suffix(".part");
    builder
}

fn folder(target: &Path) -> &Path {
    target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Follows links, also one that leads to a file that does not exist yet.
fn behind_links(path: &Path) -> io::Result<PathBuf> {
    const LINKS_MAX: usize = 40;
    let mut target = path.to_owned();
    for _ in 0..LINKS_MAX {
        if !std::fs::symlink_metadata(&target).is_ok_and(|found| found.is_symlink()) {
            let name = target.file_name().ok_or(io::ErrorKind::IsADirectory)?;
            return Ok(folder(&target).canonicalize()?.join(name));
        }
        let next = std::fs::read_link(&target)?;
        target = folder(&target).join(next);
    }
    Err(io::Error::other("too many links"))
}

/// A file without write permission is not replaced, even where its folder allows it.
fn refuse_read_only(permissions: &Permissions, target: &Path) -> io::Result<()> {
    if permissions.readonly() {
        File::options().write(true).open(target)?;
    }
    Ok(())
}

#[cfg(target_os = "linux")]
fn nameless(folder: &Path) -> io::Result<File> {
    use rustix::fs::{Mode, OFlags, open};
    let mode = Mode::RUSR | Mode::WUSR | Mode::RGRP | Mode::WGRP | Mode::ROTH | Mode::WOTH;
    Ok(open(folder, OFlags::WRONLY | OFlags::TMPFILE | OFlags::CLOEXEC, mode)?.into())
}

#[cfg(target_os = "linux")]
fn link(file: &File, path: &Path) -> io::Result<()> {
    use rustix::fs::{AtFlags, CWD, linkat};
    use std::os::fd::AsRawFd as _;
    let open_file = format!("/proc/self/fd/{}", file.as_raw_fd());
    Ok(linkat(CWD, open_file, CWD, path, AtFlags::SYMLINK_FOLLOW)?)
}

#[cfg(not(target_os = "linux"))]
fn nameless(_: &Path) -> io::Result<File> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(not(target_os = "linux"))]
fn link(_: &File, _: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}
