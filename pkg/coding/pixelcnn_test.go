package coding_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/curious-go/curious/pkg/autoregressive/pixelcnn"
	"github.com/curious-go/curious/pkg/coding"
	"github.com/curious-go/curious/pkg/data"
	"github.com/curious-go/curious/pkg/engine"
	"github.com/curious-go/curious/pkg/score"
)

// stepped is a PixelCNN as a coder wants it. It draws anew for each pixel, with those before given: the logit of the next one is the incremental sampler's.
type stepped struct {
	engine        *engine.Engine
	store         *model.Store
	net           pixelcnn.Gated
	height, width int

	given     []float32 // [B,H,W], −1 where not known yet
	images, t int
}

func (m *stepped) Size() (height, width, channels, levels int) { return m.height, m.width, 1, 2 }

func (m *stepped) Engine() string { return m.engine.Kind + ":" + m.engine.Device }

// Fingerprint is of the configuration, and of the path, the type, the shape and the bytes of every weight, in the order of paths.
func (m *stepped) Fingerprint() ([32]byte, error) {
	hash := sha256.New()
	if err := json.NewEncoder(hash).Encode(m.net); err != nil {
		return [32]byte{}, err
	}
	weights := map[string]*model.Variable{}
	var paths []string
	for v := range m.store.IterVariables() {
		if v.Trainable {
			weights[v.Path()] = v
			paths = append(paths, v.Path())
		}
	}
	slices.Sort(paths)
	for _, path := range paths {
		value, err := weights[path].Value()
		if err != nil {
			return [32]byte{}, err
		}
		fmt.Fprintf(hash, "%q %s\n", path, value.Shape())
		if err := value.ConstBytes(func(raw []byte) { hash.Write(raw) }); err != nil {
			return [32]byte{}, err
		}
	}
	return [32]byte(hash.Sum(nil)), nil
}

func (m *stepped) Start(_, images int) error {
	m.images, m.t = images, 0
	m.given = slices.Repeat([]float32{-1}, images*m.height*m.width)
	return nil
}

func (m *stepped) Next(previous []uint8) ([]float32, error) {
	size := m.height * m.width
	for i, v := range previous {
		m.given[i*size+m.t-1] = float32(v)
	}
	drawn, err := pixelcnn.Draw(m.engine.Backend, m.store, m.net, m.height, m.width, m.images, pixelcnn.Drawing{Seed: int64(m.t), Given: m.given})
	if err != nil {
		return nil, err
	}
	out := make([]float32, 0, 2*m.images)
	for i := range m.images {
		out = append(out, 0, drawn.Logits[i*size+m.t]) // softmax(0, l) = (1−σ(l), σ(l))
	}
	m.t++
	return out, nil
}

// untrained is a Gated PixelCNN with random weights, the same ones each time.
func untrained(t *testing.T, backend compute.Backend, net pixelcnn.Gated, height, width int) *model.Store {
	t.Helper()
	store := model.NewStore()
	exec, err := model.NewExec(backend, store, func(scope *model.Scope, x *Node) *Node { return net.Logits(scope, x, nil) })
	if err != nil {
		t.Fatal(err)
	}
	defer exec.Finalize()
	if _, err := exec.Call(tensors.FromFlatDataAndDimensions(make([]float32, height*width), 1, height, width, 1)); err != nil {
		t.Fatal(err)
	}
	for v := range store.IterVariables() {
		if v.Trainable {
			change(t, v, func(values []float32) {
				seed := sha256.Sum256([]byte(v.Path()))
				random := rand.New(rand.NewPCG(binary.LittleEndian.Uint64(seed[:]), 0))
				for i := range values {
					values[i] = float32(random.NormFloat64() / math.Sqrt(float64(v.Shape().Dim(0))))
				}
			})
		}
	}
	return store
}

func change(t *testing.T, v *model.Variable, how func(values []float32)) {
	t.Helper()
	values := make([]float32, v.Shape().Size())
	if value, err := v.Value(); err == nil {
		values = tensors.MustCopyFlatData[float32](value)
	}
	how(values)
	if err := v.SetValue(tensors.FromFlatDataAndDimensions(values, v.Shape().Dimensions...)); err != nil {
		t.Fatal(err)
	}
}

// Eight images go through a Gated PixelCNN and come out of another one with the same weights, in as many bits as the full pass says that they cost.
// One weight changed, and the file is refused.
func TestPixelCNN(t *testing.T) {
	e, err := engine.Open()
	if err != nil {
		t.Fatal(err)
	}
	const height, width = 6, 6
	net := pixelcnn.Gated{Height: height, Width: width, Channels: 4, Layers: 2, First: 3}
	fresh := func() *stepped {
		return &stepped{engine: e, store: untrained(t, e.Backend, net, height, width), net: net, height: height, width: width}
	}
	images := data.Images{N: 8, H: height, W: width, C: 1, Levels: 2}
	random := rand.New(rand.NewPCG(1, 1))
	for range images.N * height * width {
		images.Pix = append(images.Pix, uint8(random.IntN(2)))
	}

	alice := fresh()
	var out bytes.Buffer
	stats, err := coding.Encode(&out, alice, images)
	if err != nil {
		t.Fatal(err)
	}
	t.Log(e, "\n", stats)
	full, err := score.Nats(e.Backend, alice.store, func(scope *model.Scope, x *Node) *Node { return net.LogProb(scope, x, nil) }, images, images.N)
	if err != nil {
		t.Fatal(err)
	}
	if want := full.Bits() * float64(images.N); math.Abs(stats.NLL-want) > 1e-3 || math.Abs(want-8*36) < 1 {
		t.Errorf("%g bits by the incremental pass, %g by the full one", stats.NLL, want)
	}

	file := out.Bytes()
	bob := fresh()
	got, err := coding.Decode(bytes.NewReader(file), bob)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got.Pix, images.Pix) {
		t.Error("other images came back")
	}

	for v := range bob.store.IterVariables() {
		if v.Trainable {
			change(t, v, func(values []float32) { values[0] = math.Nextafter32(values[0], 10) })
			break
		}
	}
	got, err = coding.Decode(bytes.NewReader(file), bob)
	if err == nil || !strings.HasPrefix(err.Error(), "coding: decoding: it was coded by another model: fingerprint ") || got.Pix != nil {
		t.Errorf("one weight changed: %v", err)
	}
	t.Log(err)
}
