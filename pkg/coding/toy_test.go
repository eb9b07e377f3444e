package coding

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/curious-go/curious/pkg/data"
)

// toy is an autoregressive model whose distributions are random functions of all symbols before: no pixel can be wrong without the next ones going astray.
type toy struct {
	shape
	seed      uint64
	sharpness float64 // of the logits: 0 is uniform, 30 nearly certain

	at      []*rand.PCG
	started string // "from+images" of each batch
	steps   int
}

func (m *toy) Size() (height, width, channels, levels int) {
	return m.height, m.width, m.channels, m.levels
}

func (m *toy) Fingerprint() ([32]byte, error) {
	return sha256.Sum256(fmt.Appendf(nil, "toy %v %d %g", m.shape, m.seed, m.sharpness)), nil
}

func (m *toy) Start(from, images int) error {
	m.at = make([]*rand.PCG, images)
	for i := range m.at {
		m.at[i] = rand.NewPCG(m.seed, 0)
	}
	m.started += fmt.Sprintf("%d+%d ", from, images)
	m.steps = 0
	return nil
}

func (m *toy) Next(previous []uint8) ([]float32, error) {
	if (previous == nil) != (m.steps == 0) || m.steps >= m.size() {
		return nil, fmt.Errorf("step %d after %v", m.steps, previous)
	}
	m.steps++
	out := make([]float32, 0, len(m.at)*m.levels)
	for i, state := range m.at {
		if previous != nil {
			state.Seed(state.Uint64(), uint64(previous[i]))
		}
		out = append(out, logits(rand.New(state), m.levels, m.sharpness)...)
	}
	return out, nil
}

// draw samples n images from a model: it decodes a message of random words.
func draw(t testing.TB, m Conditionals, n int) data.Images {
	t.Helper()
	c, err := newCodec(m)
	if err != nil {
		t.Fatal(err)
	}
	c.batch = n
	random := rand.New(rand.NewPCG(9, 9))
	message := NewStack()
	for range n * c.size() {
		message.tail = append(message.tail, random.Uint32())
	}
	images := data.Images{N: n, H: c.height, W: c.width, C: c.channels, Levels: c.levels, Pix: make([]uint8, n*c.size())}
	err = c.walk(0, n, func(i, place int, _ []float32, f Frequencies) (uint8, error) {
		k, interval, err := f.Find(message.Peek())
		images.Pix[i*c.size()+place] = uint8(k)
		if err == nil {
			err = message.Pop(interval)
		}
		return uint8(k), err
	})
	if err != nil {
		t.Fatal(err)
	}
	return images
}

// says checks that an error is one clear line of this beginning.
func says(t *testing.T, err error, want string) {
	t.Helper()
	switch {
	case err == nil:
		t.Errorf("no error, want %q", want)
	case !strings.HasPrefix(err.Error(), want) || strings.Contains(err.Error(), "\n"):
		t.Errorf("error %q, want %q", err, want)
	default:
		t.Log(err)
	}
}

// forge changes the header of a file and makes its checksums right again.
func forge(t testing.TB, file []byte, change func(h *header)) []byte {
	t.Helper()
	var h header
	if _, err := binary.Decode(file, binary.LittleEndian, &h); err != nil {
		t.Fatal(err)
	}
	change(&h)
	head, err := binary.Append(nil, binary.LittleEndian, h)
	if err != nil {
		t.Fatal(err)
	}
	return append(sealed(head), file[headerSize+4:]...)
}
