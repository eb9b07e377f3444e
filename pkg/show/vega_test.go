package show

import (
	"encoding/json"
	"strings"
	"testing"
)

// walk visits every object of a JSON value.
func walk(t *testing.T, v any, visit func(object)) {
	t.Helper()
	switch v := v.(type) {
	case object:
		visit(v)
		for _, w := range v {
			walk(t, w, visit)
		}
	case list:
		for _, w := range v {
			walk(t, w, visit)
		}
	case nil:
		t.Error("there is a null, which cannot travel to GoNB")
	case string, float64, int, bool:
	default:
		t.Errorf("a %T, which GoNB does not know", v)
	}
}

func TestVegaCurves(t *testing.T) {
	x, y := falling(5000, 85)
	f := Curves{
		Title: "Training", XLabel: "step", YLabel: "nats", LogY: true,
		Series: []Series{{Name: "train", X: x, Y: y}, {Name: "validation", X: x, Y: y, Low: shifted(y, -3), High: shifted(y, 3), Dashed: true}},
		Levels: []Level{{"paper", 81.3}},
	}
	spec, err := f.Vega()
	if err != nil {
		t.Fatal(err)
	}
	if spec["$schema"] != "https://vega.github.io/schema/vega-lite/v5.json" {
		t.Errorf("schema %v: JupyterLab renders version 5", spec["$schema"])
	}
	marks, logs, near := map[any]int{}, 0, 0
	walk(t, spec, func(o object) {
		if m, ok := o["mark"].(object); ok {
			marks[m["type"]]++
		}
		if s, ok := o["scale"].(object); ok && s["type"] == "log" {
			logs++
		}
		if o["nearest"] == true {
			near++
		}
	})
	if marks["line"] != 1 || marks["area"] != 1 || marks["point"] != 1 || marks["rule"] < 1 || logs == 0 || near != 1 {
		t.Errorf("marks %v, %d logarithmic scales, %d nearest-point selections", marks, logs, near)
	}
	if n := len(spec["data"].(object)["values"].(list)); n > vegaCurve {
		t.Errorf("%d points, want at most %d", n, vegaCurve)
	}
}

func TestVegaScatter(t *testing.T) {
	f := clusters(1000)
	f.Images = rings(len(f.X))
	spec, err := f.Vega()
	if err != nil {
		t.Fatal(err)
	}
	pictures := 0
	walk(t, spec, func(o object) {
		if s, ok := o["image"].(string); ok {
			pictures++
			if !strings.HasPrefix(s, "data:image/png;base64,") {
				t.Fatalf("a picture is %.40q, want a data URI", s)
			}
		}
	})
	if pictures < 100 {
		t.Errorf("%d points have a picture in the field named image, which is what the tooltip shows; want a hundred or more", pictures)
	}
	if n := len(spec["datasets"].(object)["points"].(list)); n != vegaPoints {
		t.Errorf("%d points, want %d", n, vegaPoints)
	}
	again, err := f.Vega()
	if err != nil {
		t.Fatal(err)
	}
	a, errA := json.Marshal(spec)
	b, errB := json.Marshal(again)
	if errA != nil || errB != nil || string(a) != string(b) {
		t.Error("the same cloud gives two different files")
	}
}
