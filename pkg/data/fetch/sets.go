// Package fetch finds data sets on this machine and downloads those that are missing, checked against their published SHA-256.
//
// A file is looked for under $CURIOUS_DATA/SET, then in the cache (the folder "data" of [home.Dir]), with or without ".gz" at its end.
// The package imports no tensors, so that the command can list and fetch data in a build of seconds.
package fetch

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/curious-go/curious/pkg/home"
)

// Set is a published data set.
type Set struct {
	Name    string   // the folder's name and the word for `data get`
	Title   string   // what people call it
	About   string   // one line: what is in it
	Licence string   // as its source states it
	Hosts   []string // addresses under which the files lie, the official one first
	Files   []File
}

// File is one file of a set.
type File struct {
	Name   string // as published
	Size   int64  // bytes, as published
	SHA256 string // of the published bytes, hexadecimal
	Plain  Sum    // of the bytes without gzip; zero where the file is published without
}

// Sum is the size and SHA-256 of some bytes.
type Sum struct {
	Size   int64
	SHA256 string
}

// content is what the file holds once gzip is taken off.
func (f File) content() Sum {
	if f.Plain == (Sum{}) {
		return Sum{f.Size, f.SHA256}
	}
	return f.Plain
}

// sets is the registry. Sums of MNIST: the published MD5s agree with these files; of the binarised set: TensorFlow Datasets' list of checksums.
var sets = []Set{
	{
		Name:    "mnist",
		Title:   "MNIST",
		About:   "70,000 grey handwritten digits of 28×28 with labels",
		Licence: "CC BY-SA 3.0 (Yann LeCun and Corinna Cortes, as Keras states it)",
		Hosts:   []string{"https://storage.googleapis.com/cvdf-datasets/mnist/", "https://ossci-datasets.s3.amazonaws.com/mnist/"},
		Files: []File{
			{
				"train-images-idx3-ubyte.gz", 9912422, "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
				Sum{47040016, "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"},
			},
			{
				"train-labels-idx1-ubyte.gz", 28881, "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
				Sum{60008, "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"},
			},
			{
				"t10k-images-idx3-ubyte.gz", 1648877, "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
				Sum{7840016, "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"},
			},
			{
				"t10k-labels-idx1-ubyte.gz", 4542, "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
				Sum{10008, "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"},
			},
		},
	},
	{
		Name:    "binarized-mnist",
		Title:   "static binarised MNIST",
		About:   "70,000 handwritten digits of 28×28, each pixel drawn once and for all (Salakhutdinov and Murray's draw, Larochelle's files)",
		Licence: "none stated for the draw; derived from MNIST",
		Hosts:   []string{"http://www.cs.toronto.edu/~larocheh/public/datasets/binarized_mnist/"},
		Files: []File{
			{"binarized_mnist_train.amat", 78400000, "ad693b29f94c14277b095f5238ddefbbdaaae0939789dd2f4f0205278cee3e4d", Sum{}},
			{"binarized_mnist_valid.amat", 15680000, "1de3d397c40fe8eeb33dafd4099a1f665ec01e96d9be234aaeeac8a34930e2e2", Sum{}},
			{"binarized_mnist_test.amat", 15680000, "e6687bfea3f820c174f33b7865140b2a2dd2930ef786f35d45795fc193b5ab2c", Sum{}},
		},
	},
}

// Sets lists the data sets that Curious can fetch.
func Sets() []Set { return slices.Clone(sets) }

// Lookup finds a set by name. An unknown name is an error that lists the known ones.
func Lookup(name string) (Set, error) {
	var names []string
	for _, s := range sets {
		if s.Name == name {
			return s, nil
		}
		names = append(names, s.Name)
	}
	return Set{}, fmt.Errorf("data: looking for the data set %q: it is unknown: choose one of %s", name, strings.Join(names, ", "))
}

// Size is what a download of the whole set takes, in bytes.
func (s Set) Size() int64 {
	var n int64
	for _, f := range s.Files {
		n += f.Size
	}
	return n
}

// Found is a file of a set on this machine.
type Found struct {
	File  File
	Path  string
	Where string // how a notebook names the place: "$CURIOUS_DATA/mnist" or "the cache"
}

// Find looks for the files of the set. missing holds those that are not there; the error speaks of trouble in looking, not of absence.
func (s Set) Find() (found []Found, missing []File, err error) {
	places, err := s.places()
	if err != nil {
		return nil, nil, err
	}
	for _, f := range s.Files {
		hit, err := find(f, places)
		switch {
		case err != nil:
			return nil, nil, fmt.Errorf("data: looking for %s: %w", f.Name, err)
		case hit.Path == "":
			missing = append(missing, f)
		default:
			found = append(found, hit)
		}
	}
	return found, missing, nil
}

// cacheName is how a notebook names the cache directory, which lies elsewhere on each machine.
const cacheName = "the cache"

type place struct{ dir, name string }

func (s Set) places() ([]place, error) {
	var places []place
	if root := os.Getenv("CURIOUS_DATA"); root != "" {
		if info, err := os.Stat(root); err != nil || !info.IsDir() {
			return nil, fmt.Errorf("data: looking for %s: CURIOUS_DATA is %q, which is not a folder: correct or unset it", s.Name, root)
		}
		places = append(places, place{filepath.Join(root, s.Name), "$CURIOUS_DATA/" + s.Name})
	}
	cache, err := home.Dir()
	if err != nil {
		return nil, err
	}
	return append(places, place{filepath.Join(cache, "data", s.Name), cacheName}), nil
}

func find(f File, places []place) (Found, error) {
	bare := strings.TrimSuffix(f.Name, ".gz")
	other := bare
	if other == f.Name {
		other += ".gz"
	}
	for _, p := range places {
		for _, name := range []string{f.Name, other} {
			path := filepath.Join(p.dir, name)
			info, err := os.Stat(path)
			switch {
			case os.IsNotExist(err), errors.Is(err, syscall.ENOTDIR):
			case err != nil:
				return Found{}, err
			case info.IsDir():
				return Found{}, fmt.Errorf("%s is a folder", path)
			default:
				return Found{f, path, p.name}, nil
			}
		}
	}
	return Found{}, nil
}

// Size is the number of bytes that [Found.WriteTo] writes.
func (f Found) Size() int64 { return f.File.content().Size }
