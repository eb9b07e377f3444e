package coding_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"math"
	"slices"

	"github.com/curious-go/curious/pkg/coding"
	"github.com/curious-go/curious/pkg/data"
	"github.com/curious-go/curious/pkg/score/check"
)

// stays is the simplest model with a memory: a pixel is as its left neighbour with this probability, and the first is a fair coin.
type stays struct {
	width int
	p     float64
	n     int // images of the batch
}

func (m *stays) Size() (height, width, channels, levels int) { return 1, m.width, 1, 2 }
func (m *stays) Fingerprint() ([32]byte, error) {
	return sha256.Sum256(fmt.Appendf(nil, "%+v", []any{m.width, m.p})), nil
}
func (m *stays) Start(_, images int) error { m.n = images; return nil }

func (m *stays) Next(previous []uint8) (logits []float32, err error) {
	if previous == nil {
		return make([]float32, 2*m.n), nil
	}
	for _, left := range previous {
		one := float32(math.Log(m.p / (1 - m.p)))
		if left == 0 {
			one = -one
		}
		logits = append(logits, 0, one)
	}
	return logits, nil
}

// The chain's entropy is 0.4690 bits a step (papers.md, G.6), and the file is as long as that, but for its header.
func Example() {
	chain := check.MarkovChain(100, 1000, 0.9, 1)
	var file bytes.Buffer
	stats, err := coding.Encode(&file, &stays{width: 1000, p: 0.9}, chain)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(stats)
	sizes, err := coding.Compare(chain, append(coding.Peers(), coding.Coded("our file", stats))...)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, s := range sizes {
		fmt.Printf("%-20s %.3f bits/dim\n", s.Name, s.BitsPerDim)
	}

	again, err := coding.Decode(bytes.NewReader(file.Bytes()), &stays{width: 1000, p: 0.9})
	fmt.Println("the same images:", slices.Equal(again.Pix, chain.Pix), err)
	_, err = coding.Decode(&file, &stays{width: 1000, p: 0.8})
	fmt.Println(err)
	// Output:
	// 100 images in 5927 bytes, 0.4742 bits/dim: 46401.1 bits of the model's, 30.9 of the coder's, 984 of the header's
	// raw                  1.000 bits/dim
	// gzip −9              0.570 bits/dim
	// PNG, a file an image 1.502 bits/dim
	// PNG, one sheet       0.577 bits/dim
	// our file             0.474 bits/dim
	// the same images: true <nil>
	// coding: decoding: it was coded by another model: fingerprint 1a871204565e…, and this one's is 5e3921027b36…: open the model that coded it, with the same weights and configuration
}

func ExampleDecode() {
	_, err := coding.Decode(bytes.NewReader([]byte("GIF89a")), &stays{width: 28, p: 0.9})
	fmt.Println(err)
	_, err = coding.Encode(&bytes.Buffer{}, &stays{width: 28, p: 0.9}, data.Images{N: 1, H: 1, W: 14, C: 1, Levels: 2, Pix: make([]uint8, 14)})
	fmt.Println(err)
	// Output:
	// coding: decoding: not a file of coded images: give one that coding.Encode wrote
	// coding: encoding: images of 1×14×1, 2 levels, and the model codes 1×28×1, 2 levels: give images like those it was trained on
}

func ExampleStack() {
	f, err := coding.Quantise(nil, []float32{0, float32(math.Log(3))}) // probabilities 1/4 and 3/4
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(f)
	s := coding.NewStack()
	for _, symbol := range []int{1, 1, 0, 1} {
		if err := s.Push(f.Interval(symbol)); err != nil {
			fmt.Println(err)
			return
		}
	}
	for !s.Empty() { // the last comes first
		symbol, interval, err := f.Find(s.Peek())
		if err == nil {
			err = s.Pop(interval)
		}
		fmt.Println(symbol, err)
	}
	// Output:
	// [4194304 12582912]
	// 1 <nil>
	// 0 <nil>
	// 1 <nil>
	// 1 <nil>
}
