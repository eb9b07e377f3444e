package data

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"

	"github.com/google/renameio/v2"

	"github.com/curious-go/curious/pkg/data/fetch"
	"github.com/curious-go/curious/pkg/home"
)

// A cell is a process, and each would unpack, check and parse the same files again. What was once checked is therefore kept in the cache directory in a form
// that loads in a few milliseconds: a header, the pixels as bits or bytes, a checksum. It serves as long as the source keeps its size and time.

// unpackedHead stands before the pixels.
type unpackedHead struct {
	Magic      [8]byte
	N, H, W    uint32
	Levels     uint32 // 2: eight pixels to a byte
	Size, Time int64  // of the source: bytes, nanoseconds
}

var (
	unpackedMagic = [8]byte{'c', 'u', 'r', 'i', 'o', 'u', 's', '1'}
	castagnoli    = crc32.MakeTable(crc32.Castagnoli)
)

// unpacked returns the images of a file, from the kept form if there is one, else from read, and then keeps them.
// Trouble with the kept form only costs time.
func unpacked(f fetch.Found, read func() (Images, error)) (Images, error) {
	head := unpackedHead{Magic: unpackedMagic}
	path := ""
	if info, err := os.Stat(f.Path); err == nil {
		head.Size, head.Time = info.Size(), info.ModTime().UnixNano()
		if dir, err := home.Dir(); err == nil {
			path = filepath.Join(dir, "data", "unpacked", fmt.Sprintf("%.16s.pixels", f.File.SHA256))
		}
	}
	if path == "" {
		return read()
	}
	if m, ok := loadUnpacked(path, head); ok {
		return m, nil
	}
	m, err := read()
	if err == nil {
		_ = saveUnpacked(path, head, m)
	}
	return m, err
}

func loadUnpacked(path string, want unpackedHead) (Images, bool) {
	b, err := os.ReadFile(path)
	size := binary.Size(want)
	if err != nil || len(b) < size+4 {
		return Images{}, false
	}
	body, sum := b[:len(b)-4], binary.LittleEndian.Uint32(b[len(b)-4:])
	var head unpackedHead
	if _, err := binary.Decode(body, binary.LittleEndian, &head); err != nil {
		return Images{}, false
	}
	want.N, want.H, want.W, want.Levels = head.N, head.H, head.W, head.Levels
	if head != want || crc32.Checksum(body, castagnoli) != sum {
		return Images{}, false
	}
	m := Images{N: int(head.N), H: int(head.H), W: int(head.W), C: 1, Levels: int(head.Levels), Pix: body[size:len(body):len(body)]}
	if m.Levels == 2 {
		m.Pix = unpackBits(m.Pix)
	}
	return m, len(m.Pix) == m.N*m.size()
}

func saveUnpacked(path string, head unpackedHead, m Images) error {
	head.N, head.H, head.W, head.Levels = uint32(m.N), uint32(m.H), uint32(m.W), uint32(m.Levels)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	out, err := renameio.NewPendingFile(path, renameio.WithTempDir(filepath.Dir(path)), renameio.WithPermissions(0o644))
	if err != nil {
		return err
	}
	defer out.Cleanup()
	b, err := binary.Append(nil, binary.LittleEndian, head)
	if err != nil {
		return err
	}
	pix := m.Pix
	if m.Levels == 2 {
		pix = packBits(pix)
	}
	sum := crc32.Update(crc32.Checksum(b, castagnoli), castagnoli, pix)
	for _, part := range [][]byte{b, pix, binary.LittleEndian.AppendUint32(nil, sum)} {
		if _, err := out.Write(part); err != nil {
			return err
		}
	}
	return out.CloseAtomicallyReplace()
}

// packBits puts eight zeros or ones into a byte, the first lowest. len(pix) must be a multiple of 8.
func packBits(pix []uint8) []uint8 {
	out := make([]uint8, len(pix)/8)
	for i := range out {
		// The product gathers the lowest bit of each of eight bytes in the highest byte.
		out[i] = uint8(binary.LittleEndian.Uint64(pix[8*i:]) * 0x0102_0408_1020_4080 >> 56)
	}
	return out
}

func unpackBits(bits []uint8) []uint8 {
	var spread [256]uint64
	for v := range spread {
		for bit := range 8 {
			spread[v] |= uint64(v>>bit&1) << (8 * bit)
		}
	}
	out := make([]uint8, 8*len(bits))
	for i, v := range bits {
		binary.LittleEndian.PutUint64(out[8*i:], spread[v])
	}
	return out
}
