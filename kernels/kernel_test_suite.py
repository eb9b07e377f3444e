"""jupyter_kernel_test for the kernel curious-cpu, with every attribute set; where it takes one sample only, a second class brings another."""
import unittest

import jupyter_kernel_test
from jupyter_client.manager import start_new_kernel

PATIENCE = 180  # seconds for what has to come, however busy the machine is

jupyter_kernel_test.TIMEOUT = PATIENCE
for helper in jupyter_kernel_test.KernelTests.execute_helper, jupyter_kernel_test.KernelTests.history_helper:
    helper.__defaults__ = (PATIENCE,) + helper.__defaults__[1:]

DEFINITIONS = """
type Planet struct{ Name string; Moons int }

// countMoons adds them up.
func countMoons(planets ...Planet) (n int) {
	for _, p := range planets {
		n += p.Moons
	}
	return n
}
"""


class Statements(jupyter_kernel_test.KernelTests):
    kernel_name = "curious-cpu"
    language_name = "go"
    file_extension = ".go"

    @classmethod
    def setUpClass(cls):
        cls.km, cls.kc = start_new_kernel(kernel_name=cls.kernel_name, startup_timeout=PATIENCE)
        reply = cls.kc.execute_interactive(DEFINITIONS, timeout=PATIENCE)
        assert reply["content"]["status"] == "ok", reply

    code_hello_world = 'fmt.Println("hello, world")'
    code_stderr = 'fmt.Fprintln(os.Stderr, "a warning")'

    completion_samples = [
        {"text": "fmt.Pri", "matches": {"Print", "Printf", "Println"}},
        {"text": "x := strings.HasP", "matches": {"HasPrefix"}},
        {"text": "e := engine.Mu", "matches": {"Must"}},  # the course's
        {"text": "countM", "matches": {"countMoons"}},  # of an earlier cell
        {"text": "p := Planet{}\np.Mo", "matches": {"Moons"}},
        {"text": "%hel", "matches": {"%help"}},
        {"text": "fmt.NothingBeginsLikeThis", "matches": set()},
    ]

    complete_code_samples = [
        'fmt.Println("hello, world")',
        "func double(n int) int {\n\treturn 2 * n\n}",
        'import "math"\n\nmath.Sqrt(2)',
        "%%\nx := 1\nfmt.Println(x)",
        "!ls",
        "",
    ]
    incomplete_code_samples = [
        "func double(n int) int {",
        "fmt.Println(",
        "for i := range 10 {\n\tfmt.Println(i)",
        "s := `begun",
        "x := 1 +",
    ]
    invalid_code_samples = ["x := := 1", "func double(n int) int }", 'import "math" "fmt"', 'fmt.Println("open)', "}"]

    code_page_something = "%help"
    code_generate_error = "fmt.Println(notDefined)"
    code_execute_result = [
        {"code": "6 * 7 // jupyter_kernel_test", "result": "42"},
        {"code": "strings.Fields(\"a b\")", "result": '[]string{"a", "b"}'},
        {"code": "countMoons(Planet{\"Mars\", 2}, Planet{\"Earth\", 1})", "result": "3"},
        {"code": "func half(n int) int { return n / 2 }\n\nhalf(10)", "result": "5"},
        {"code": "time.Duration(90) * time.Second", "result": "1m30s"},
        {"code": "image.NewGray(image.Rect(0, 0, 8, 8))", "mime": "image/png"},
        {"code": "[]Planet{{\"Mars\", 2}, {\"Earth\", 1}}", "mime": "text/html"},
    ]
    code_display_data = [
        {"code": 'gonbui.DisplayHTML("<b>bold</b>")', "mime": "text/html"},
        {"code": "gonbui.DisplayMarkdown(\"**bold**\")", "mime": "text/markdown"},
        {"code": "gonbui.DisplayImage(image.NewGray(image.Rect(0, 0, 8, 8)))", "mime": "image/png"},
        {"code": 'gonbui.DisplaySVG("<svg xmlns=\\"http://www.w3.org/2000/svg\\"/>")', "mime": "text/html"},
    ]
    supported_history_operations = ("tail", "range", "search")
    code_history_pattern = "6 ? 7 // jupyter_kernel_tes*"
    code_inspect_sample = "fmt.Println"
    code_clear_output = 'fmt.Print("first\\fsecond")'


class Others(Statements):
    code_hello_world = '%%\nfmt.Println("hello, world")'
    code_stderr = 'import "log"\n\nfunc warn() { log.Print("a warning") }\n\nwarn()'
    code_page_something = "countMoons?"
    code_generate_error = "var planets map[string]Planet\nplanets[\"Mars\"] = Planet{}"
    code_inspect_sample = "engine.Must"
    code_clear_output = 'for i := range 3 {\n\tfmt.Print("\\f", i)\n\ttime.Sleep(20 * time.Millisecond)\n}'


class Welcome(jupyter_kernel_test.IopubWelcomeTests):
    kernel_name = "curious-cpu"
    support_iopub_welcome = True


if __name__ == "__main__":
    unittest.main(verbosity=2)
