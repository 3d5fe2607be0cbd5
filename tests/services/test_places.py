"""Local, network or synced: paths as they are on real computers, classified without asking this one (RP6)."""

from __future__ import annotations

from pathlib import Path, PurePosixPath, PureWindowsPath

import pytest

from crmdesk.models.errors import Code, CrmdeskError
from crmdesk.services import places
from crmdesk.services.book import Book
from crmdesk.services.places import Kind, Place
from tests.services import small_book

LINUX = """\
/dev/nvme0n1p2 / ext4 rw,relatime 0 0
proc /proc proc rw 0 0
tmpfs /tmp tmpfs rw 0 0
/dev/sdb1 /media/wang/USB\\040STICK vfat rw 0 0
nas:/export/books /srv/books nfs4 rw 0 0
//pc3/Firma /mnt/firma cifs rw,vers=3.0 0 0
wang@host:/home /home/wang/remote fuse.sshfs rw 0 0
gvfsd-fuse /run/user/1000/gvfs fuse.gvfsd-fuse rw 0 0
onedriver /home/wang/Cloud fuse.onedriver rw 0 0
google-drive-ocamlfuse /home/wang/gd fuse.google-drive-ocamlfuse rw 0 0
https://dav.example.org /mnt/dav fuse.davfs rw 0 0
share /media/sf_share vboxsf rw 0 0
/dev/sdc1 /srv/books/local xfs rw 0 0
remote: /mnt/rclone fuse.rclone rw 0 0
nas:/公司 /mnt/\\345\\205\\254\\345\\217\\270 nfs rw 0 0
/dev/mapper/home /home btrfs rw 0 0
"""
MAC = """\
/dev/disk3s1s1 on / (apfs, sealed, local, read-only, journaled)
/dev/disk3s5 on /System/Volumes/Data (apfs, local, journaled)
//wang@nas._smb._tcp.local/Books on /Volumes/Books (smbfs, nodev, nosuid, mounted by wang)
/dev/disk4s1 on /Volumes/USB (msdos, local, nodev)
nas:/export on /Volumes/export (nfs, nodev, nosuid)
"""

POSIX = [
    ("/home/wang/Documents/shop.crmdesk", Kind.LOCAL),
    ("/media/wang/USB STICK/shop.crmdesk", Kind.LOCAL),
    ("/tmp/shop.crmdesk", Kind.LOCAL),
    ("/srv/books/shop.crmdesk", Kind.NETWORK),
    ("/srv/books/local/shop.crmdesk", Kind.LOCAL),
    ("/srv/bookshelf/shop.crmdesk", Kind.LOCAL),
    ("/mnt/firma/2026/shop.crmdesk", Kind.NETWORK),
    ("/home/wang/remote/shop.crmdesk", Kind.NETWORK),
    ("/run/user/1000/gvfs/smb-share:server=nas,share=books/shop.crmdesk", Kind.NETWORK),
    ("/home/wang/Cloud/shop.crmdesk", Kind.SYNC),
    ("/home/wang/gd/shop.crmdesk", Kind.SYNC),
    ("/mnt/dav/shop.crmdesk", Kind.NETWORK),
    ("/media/sf_share/shop.crmdesk", Kind.NETWORK),
    ("/mnt/rclone/shop.crmdesk", Kind.NETWORK),
    ("/mnt/公司/shop.crmdesk", Kind.NETWORK),
    ("/home/wang/Dropbox/Firma/shop.crmdesk", Kind.SYNC),
    ("/home/wang/Dropbox (Acme)/shop.crmdesk", Kind.SYNC),
    ("/home/wang/坚果云/shop.crmdesk", Kind.SYNC),
    ("/home/wang/Nextcloud2/shop.crmdesk", Kind.SYNC),
    ("/home/wang/Seafile/shop.crmdesk", Kind.SYNC),
    ("/home/wang/Sync/shop.crmdesk", Kind.SYNC),
    ("/home/wang/work/sync/shop.crmdesk", Kind.LOCAL),
    ("/home/wang/dropbox-notes.crmdesk", Kind.LOCAL),
    ("/home/wang/OneDrive.crmdesk", Kind.LOCAL),
    ("/home/wang/BaiduNetdisk/shop.crmdesk", Kind.SYNC),
]
MACS = [
    ("/Users/wang/Documents/shop.crmdesk", Kind.LOCAL),
    ("/Users/wang/Library/Mobile Documents/com~apple~CloudDocs/shop.crmdesk", Kind.SYNC),
    ("/Users/wang/Library/CloudStorage/OneDrive-Personal/shop.crmdesk", Kind.SYNC),
    ("/Users/wang/Library/CloudStorage/GoogleDrive-wang@example.com/My Drive/shop.crmdesk", Kind.SYNC),
    ("/Users/wang/Library/CloudStorage/Box-Box/shop.crmdesk", Kind.SYNC),
    ("/Volumes/Books/shop.crmdesk", Kind.NETWORK),
    ("/Volumes/export/shop.crmdesk", Kind.NETWORK),
    ("/Volumes/USB/shop.crmdesk", Kind.LOCAL),
]
WINDOWS = [
    ("C:\\Users\\wang\\Documents\\shop.crmdesk", Kind.LOCAL),
    ("D:\\账\\shop.crmdesk", Kind.LOCAL),
    ("\\\\nas\\books\\shop.crmdesk", Kind.NETWORK),
    ("\\\\?\\UNC\\nas\\books\\shop.crmdesk", Kind.NETWORK),
    ("\\\\?\\C:\\Users\\wang\\very long\\shop.crmdesk", Kind.LOCAL),
    ("\\\\wsl.localhost\\Debian\\home\\wang\\shop.crmdesk", Kind.NETWORK),
    ("Z:\\books\\shop.crmdesk", Kind.NETWORK),
    ("C:\\Users\\wang\\OneDrive\\文档\\shop.crmdesk", Kind.SYNC),
    ("C:\\Users\\wang\\OneDrive - Contoso GmbH\\shop.crmdesk", Kind.SYNC),
    ("C:\\Users\\wang\\iCloudDrive\\shop.crmdesk", Kind.SYNC),
    ("D:\\百度网盘同步空间\\shop.crmdesk", Kind.SYNC),
    ("D:\\BaiduSyncdisk\\shop.crmdesk", Kind.SYNC),
    ("C:\\Users\\wang\\Nutstore Files\\我的坚果云\\shop.crmdesk", Kind.SYNC),
    ("G:\\My Drive\\shop.crmdesk", Kind.SYNC),
    ("G:\\我的云端硬盘\\shop.crmdesk", Kind.SYNC),
    ("C:\\Users\\wang\\Box\\shop.crmdesk", Kind.SYNC),
    ("C:\\Projects\\Box\\shop.crmdesk", Kind.LOCAL),
    ("C:\\Users\\wang\\WPSDrive\\shop.crmdesk", Kind.SYNC),
    ("C:\\Users\\wang\\Documents\\onedrive migration notes\\shop.crmdesk", Kind.LOCAL),
]


def test_the_list_is_long_enough() -> None:
    assert len(POSIX) + len(MACS) + len(WINDOWS) >= 40


@pytest.mark.parametrize(("text", "kind"), POSIX)
def test_linux(text: str, kind: Kind) -> None:
    assert places.classify(PurePosixPath(text), mounts=places.parse_mounts(LINUX)).kind is kind


@pytest.mark.parametrize(("text", "kind"), MACS)
def test_macos(text: str, kind: Kind) -> None:
    assert places.classify(PurePosixPath(text), mounts=places.parse_mounts(MAC)).kind is kind


@pytest.mark.parametrize(("text", "kind"), WINDOWS)
def test_windows(text: str, kind: Kind) -> None:
    def drive_type(drive: str) -> int:
        return places.REMOTE_DRIVE if drive == "Z:\\" else 3

    assert places.classify(PureWindowsPath(text), drive_type=drive_type).kind is kind


def test_a_marker_of_a_sync_program_above_the_book(tmp_path: Path) -> None:
    book = tmp_path / "share" / "2026" / "shop.crmdesk"
    book.parent.mkdir(parents=True)
    assert places.here(book) == places.LOCAL
    (tmp_path / "share" / ".stfolder").mkdir()
    assert places.here(book) == Place(Kind.SYNC, "Syncthing")


def test_a_book_in_a_synced_folder_is_for_reading_until_it_is_allowed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CRMDESK_TODAY", small_book.TODAY)
    folder = tmp_path / "Dropbox"
    folder.mkdir()
    with pytest.raises(CrmdeskError) as caught:
        Book.create(folder / "shop.crmdesk", name="Shop")
    assert caught.value.code is Code.UNSAFE_FOLDER
    assert list(folder.iterdir()) == []
    path = small_book.make(tmp_path / "shop.crmdesk").rename(folder / "shop.crmdesk")
    digest = small_book.sha256(path)
    with Book.open(path) as book:
        assert book.hindrance is not None
        assert book.hindrance.code is Code.UNSAFE_FOLDER
        assert "Dropbox" in book.hindrance.message
        assert book.settings.name == "鼎晟 Paint & Co"
        with pytest.raises(CrmdeskError) as caught:
            small_book.invoice(book, "K0")
        assert caught.value.code is Code.UNSAFE_FOLDER
    assert small_book.sha256(path) == digest
    places.allow(folder)
    with Book.open(path) as book:
        assert not book.is_read_only
        small_book.invoice(book, "K0")


def test_the_variable_allows_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "OneDrive").mkdir()
    monkeypatch.setenv(places.ALLOW_VARIABLE, "allow")
    path = tmp_path / "OneDrive" / "shop.crmdesk"
    Book.create(path, name="Shop").close()
    with Book.open(path) as book:
        assert not book.is_read_only


def test_a_broken_list_of_allowed_folders_allows_nothing(tmp_path: Path, own_home: Path) -> None:
    places.allow(tmp_path)
    places.allow(tmp_path)
    assert places.allowed_folders() == [str(tmp_path)]
    (own_home / "settings" / "allowed_folders.json").write_text("{broken")
    assert places.allowed_folders() == []


def test_conflicted_copies_are_found_and_others_are_not(tmp_path: Path) -> None:
    theirs = [
        "shop (conflicted copy 2026-03-01).crmdesk",
        "shop (Wang's conflicted copy 2026-03-01).crmdesk",
        "shop (冲突副本).crmdesk",
        "shop.sync-conflict-20260301-101500-ABCDEFG.crmdesk",
        "shop-DESKTOP-AB12CD3.crmdesk",
        "shop (1).crmdesk",
        "shop (SFConflict wang 2026-03-01-10-15-00).crmdesk",
        "shop_冲突文件_wang.crmdesk",
    ]
    ours = [
        "shop.crmdesk",
        "shop 2026.crmdesk",
        "shopping.crmdesk",
        "shop (old).crmdesk",
        "other (1).crmdesk",
    ]
    for name in (*theirs, *ours):
        (tmp_path / name).touch()
    assert {twin.name for twin in places.twins(tmp_path / "shop.crmdesk")} == set(theirs)


def test_a_twin_is_told_at_opening(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRMDESK_TODAY", small_book.TODAY)
    path = small_book.make(tmp_path / "shop.crmdesk")
    (tmp_path / "shop (conflicted copy 2026-03-01).crmdesk").touch()
    with Book.open(path) as book:
        assert "conflicted copy" in " ".join(book.notices)
        assert not book.is_read_only


def test_the_default_folder_is_never_synced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert places.default_folder() == tmp_path / "crmdesk"
    (tmp_path / "文档").mkdir()
    assert places.default_folder() == tmp_path / "文档" / "crmdesk"
    synced = tmp_path / "OneDrive" / "Documents"
    synced.mkdir(parents=True)
    (tmp_path / "Documents").symlink_to(synced)
    assert places.default_folder() == tmp_path / "文档" / "crmdesk"
    (tmp_path / ".config").mkdir()
    own = tmp_path / "Meine Dokumente"
    own.mkdir()
    (tmp_path / ".config" / "user-dirs.dirs").write_text('XDG_DOCUMENTS_DIR="$HOME/Meine Dokumente"\n')
    assert places.default_folder() == own / "crmdesk"
