package score

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/curious-go/curious/pkg/data"
	"github.com/curious-go/curious/pkg/engine"
)

func open(t testing.TB) compute.Backend {
	t.Helper()
	e, err := engine.Open()
	if err != nil {
		t.Fatal(err)
	}
	return e.Backend
}

// biased says that every pixel is on with chance ¾, whatever else.
func biased(_ *model.Scope, x *Node) *Node {
	logProb := Add(MulScalar(x, math.Log(0.75)), MulScalar(OneMinus(x), math.Log(0.25)))
	return ReduceSum(logProb, 1, 2, 3)
}

func TestNats(t *testing.T) {
	images := stripes(7)
	on := 0
	for _, v := range images.Pix {
		on += int(v)
	}
	want := -(float64(on)*math.Log(0.75) + float64(len(images.Pix)-on)*math.Log(0.25)) / 7
	var first Estimate
	for _, batch := range []int{1, 3, 7, 20} {
		e, err := Nats(open(t), model.NewStore(), biased, images, batch)
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(e.Mean-want) > 1e-5 || e.N != 7 || e.Dims != 6 || len(e.Each) != 7 || e.K != 0 {
			t.Errorf("batches of %d: %+v, want %v nats of 7 images", batch, e, want)
		}
		if first.N == 0 {
			first = e
		}
		if !slices.Equal(e.Each, first.Each) {
			t.Errorf("batches of %d: %v, batches of 1: %v", batch, e.Each, first.Each)
		}
	}
}

// The uniform model of two levels costs log 2 a dimension, which is one bit, as hard as two equally likely values.
func TestEstimateUnits(t *testing.T) {
	uniform := func(_ *model.Scope, x *Node) *Node {
		return AddScalar(MulScalar(ReduceSum(x, 1, 2, 3), 0), -6*math.Ln2)
	}
	e, err := Nats(open(t), model.NewStore(), uniform, stripes(4), 4)
	if err != nil {
		t.Fatal(err)
	}
	for name, pair := range map[string][2]float64{
		"bits":       {e.Bits(), 6},
		"bits/dim":   {e.BitsPerDim(), 1},
		"perplexity": {e.Perplexity(), 2},
		"stderr":     {e.StdErr, 0},
	} {
		if math.Abs(pair[0]-pair[1]) > 1e-6 {
			t.Errorf("%s: %v, want %v", name, pair[0], pair[1])
		}
	}
}

func TestNatsGiven(t *testing.T) {
	images := stripes(5)
	images.Labels = []uint8{3, 1, 4, 1, 5}
	given := func(_ *model.Scope, _, y *Node) *Node { return Neg(ConvertDType(y, biasedType)) }
	e, err := NatsGiven(open(t), model.NewStore(), given, images, 2)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(e.Each, []float64{3, 1, 4, 1, 5}) {
		t.Errorf("%v, want the labels", e.Each)
	}
	images.Labels = nil
	if _, err := NatsGiven(open(t), model.NewStore(), given, images, 2); err == nil {
		t.Error("images without labels: no error")
	}
}

func TestNatsRefuses(t *testing.T) {
	e, images := open(t), stripes(3)
	none := images
	none.N, none.Pix = 0, nil
	for name, c := range map[string]struct {
		logProb LogProb
		images  data.Images
		batch   int
		says    string
	}{
		"no images":        {biased, none, 2, "no images"},
		"no batch":         {biased, images, 0, "at least 1"},
		"mean over images": {func(_ *model.Scope, x *Node) *Node { return ReduceAllSum(x) }, images, 2, "sum over the pixels"},
		"not a number":     {func(s *model.Scope, x *Node) *Node { return Log(AddScalar(biased(s, x), -1)) }, images, 2, "image 0 has log-probability"},
		"panics":           {func(*model.Scope, *Node) *Node { panic("oh") }, images, 2, "oh"},
		"nil":              {func(*model.Scope, *Node) *Node { return nil }, images, 2, "not [B]"},
	} {
		_, err := Nats(e, model.NewStore(), c.logProb, c.images, c.batch)
		if err == nil || !strings.HasPrefix(err.Error(), "score: ") || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v, want one line of package score with %q", name, err, c.says)
		}
	}
}
