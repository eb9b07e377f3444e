package data

import (
	"archive/tar"
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path"

	"github.com/curious-go/curious/pkg/data/fetch"
)

// The sizes of CIFAR-10's binary files: records of a label and three planes.
const (
	cifarSide   = 32
	cifarPlane  = cifarSide * cifarSide
	cifarRecord = 1 + 3*cifarPlane
	cifarBatch  = 10000 // records in each of the six files
)

var cifarClasses = []string{"airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"}

// cifarWhole is the official archive; its sum stands in TensorFlow Datasets' list of checksums. cifarSample is the first 4,000 of its 60,000 images, by
// themselves: nobody publishes them, so they are used only where they are at hand.
var (
	cifarWhole = fetch.Set{
		Name:    "cifar10",
		Title:   "CIFAR-10",
		About:   "60,000 small photographs of 32×32 in colour, of ten classes (Krizhevsky 2009)",
		Licence: "none stated; a part of the 80 Million Tiny Images",
		Hosts:   []string{"https://www.cs.toronto.edu/~kriz/"},
		Files:   []fetch.File{{Name: "cifar-10-binary.tar.gz", Size: 170052171, SHA256: "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd"}},
	}
	cifarSample = fetch.Set{
		Name: "cifar10",
		Files: []fetch.File{{
			Name: "cifar10_data_batch_1_first4000.bin.gz", Size: 11349652, SHA256: "d32c18318de59292af92f571821e2570d0ce4d63cf4b3de2570ee51bf268ee72",
			Plain: fetch.Sum{Size: 4000 * cifarRecord, SHA256: "0993cf8b8e43bc207603aef9787006995746513f5e3fa5a52e06d1b069926330"},
		}},
	}
)

// CIFAR10 is small photographs in colour, 32×32, 256 levels, of ten classes: 45,000 to train, 5,000 (the last of the training files) to validate, 10,000 to test. Where
// the first 4,000 of them are at hand and the whole is not, it is these: 3,000, 500, 500, and the title says so. Without files and network it is [Scenes]. An
// error means trouble: a damaged file, a full disk, a folder that cannot be read.
//
// Source: Krizhevsky, "Learning multiple layers of features from tiny images", 2009, https://www.cs.toronto.edu/~kriz/cifar.html.
func CIFAR10() (PictureSet, error) {
	found, missing, err := cifarWhole.Find()
	if err == nil && len(missing) > 0 {
		var sample []fetch.Found
		if sample, missing, err = cifarSample.Find(); err == nil && len(missing) == 0 {
			return readCIFARSample(sample[0])
		}
	}
	if err == nil && len(found) == 0 {
		found, err = cifarWhole.Ensure(fetch.Bar())
	}
	if unreachable := (*fetch.Unreachable)(nil); errors.As(err, &unreachable) {
		p := SceneSet(cifarSide)
		p.Origin += fmt.Sprintf(", since %s: put %s into a folder cifar10 and point CURIOUS_DATA to the folder above it to have CIFAR-10", unreachable.Why, cifarWhole.Files[0].Name)
		return p, nil
	}
	if err != nil {
		return PictureSet{}, err
	}
	records, err := unpacked(found[0], func() (Images, error) { return openCIFARArchive(found[0]) })
	if err != nil {
		return PictureSet{}, err
	}
	m, err := parseCIFAR(records.Pix)
	if err != nil {
		return PictureSet{}, fmt.Errorf("data: reading %s: %w", found[0].File.Name, err)
	}
	return photographs("CIFAR-10", m, 45000, 5000, found[0]), nil
}

func photographs(name string, m Images, train, valid int, from fetch.Found) PictureSet {
	return PictureSet{
		Train: m.Range(0, train), Valid: m.Range(train, train+valid), Test: m.Range(train+valid, m.N),
		Name: name, Classes: cifarClasses, Height: cifarSide, Width: cifarSide, Real: true, Origin: "real photographs from " + from.Where,
	}
}

func readCIFARSample(f fetch.Found) (PictureSet, error) {
	var b bytes.Buffer
	b.Grow(int(f.Size()))
	if _, err := f.WriteTo(&b); err != nil {
		return PictureSet{}, err
	}
	m, err := parseCIFAR(b.Bytes())
	if err != nil {
		return PictureSet{}, fmt.Errorf("data: reading %s: %w", f.File.Name, err)
	}
	return photographs("CIFAR-10, the first 4,000,", m, 3000, 500, f), nil
}

// parseCIFAR reads the format of CIFAR-10's binary files: records of a label, 0 to 9, and 32×32 values of red, of green and of blue.
func parseCIFAR(b []byte) (Images, error) {
	if len(b) == 0 || len(b)%cifarRecord != 0 {
		return Images{}, fmt.Errorf("a CIFAR-10 file of %d bytes, which is no whole number of records of %d: the file is cut off, or another one", len(b), cifarRecord)
	}
	m := Images{N: len(b) / cifarRecord, H: cifarSide, W: cifarSide, C: 3, Levels: 256}
	m.Pix, m.Labels = make([]uint8, 0, m.N*m.size()), make([]uint8, m.N)
	for i := range m.N {
		record := b[i*cifarRecord : (i+1)*cifarRecord]
		if record[0] > 9 {
			return Images{}, fmt.Errorf("record %d of a CIFAR-10 file has label %d where 0 to 9 are expected: the file is damaged, or another one", i, record[0])
		}
		m.Labels[i] = record[0]
		red, green, blue := record[1:], record[1+cifarPlane:], record[1+2*cifarPlane:]
		for k := range cifarPlane {
			m.Pix = append(m.Pix, red[k], green[k], blue[k])
		}
	}
	return m, nil
}

// openCIFARArchive gives the records of the archive, as images of one row each, and checks it against its SHA-256.
func openCIFARArchive(f fetch.Found) (Images, error) {
	file, err := os.Open(f.Path)
	if err != nil {
		return Images{}, fmt.Errorf("data: reading %s: %w: make the file readable", f.File.Name, err)
	}
	defer file.Close()
	sum := sha256.New()
	whole := io.TeeReader(bufio.NewReaderSize(file, 1<<20), sum)
	records, err := readCIFARArchive(whole)
	if err == nil {
		_, err = io.Copy(io.Discard, whole) // what follows the archive's end belongs to the file as well
	}
	if err == nil && hex.EncodeToString(sum.Sum(nil)) != f.File.SHA256 {
		err = fmt.Errorf("its SHA-256 is %x… where %.12s… is expected", sum.Sum(nil)[:6], f.File.SHA256)
	}
	if err != nil {
		return Images{}, fmt.Errorf("data: reading %s: it is not the published file: %w: remove %s and run this again", f.File.Name, err, f.Path)
	}
	return Images{N: len(records) / cifarRecord, H: 1, W: cifarRecord, C: 1, Levels: 256, Pix: records}, nil
}

// readCIFARArchive gives the records of the five training files and then those of the test file, wherever they stand in a .tar.gz.
func readCIFARArchive(r io.Reader) ([]byte, error) {
	unzip, err := gzip.NewReader(r)
	if err != nil {
		return nil, err
	}
	names := []string{"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin", "data_batch_5.bin", "test_batch.bin"}
	files := map[string][]byte{}
	archive := tar.NewReader(unzip)
	for {
		header, err := archive.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		name := path.Base(header.Name)
		for _, wanted := range names {
			if name != wanted {
				continue
			}
			if files[name] != nil || header.Size != cifarBatch*cifarRecord {
				return nil, fmt.Errorf("%s is there twice, or has %d bytes where %d are expected", name, header.Size, cifarBatch*cifarRecord)
			}
			files[name] = make([]byte, header.Size)
			if _, err := io.ReadFull(archive, files[name]); err != nil {
				return nil, err
			}
		}
	}
	var records []byte
	for _, name := range names {
		if files[name] == nil {
			return nil, fmt.Errorf("%s is not in it", name)
		}
		records = append(records, files[name]...)
	}
	return records, nil
}
