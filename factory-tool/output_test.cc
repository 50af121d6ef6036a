#include <gtest/gtest.h>

#include "factory-tool/json.h"
#include "factory-tool/table.h"

namespace factory {
namespace {

TEST(JsonTest, NestsAndSeparates) {
  JsonWriter json;
  json.begin_object().field("a", 1).field("b", true).key("c").begin_array();
  json.string("x").begin_object().end_object().null().end_array();
  json.key("d").decimal(1.5).optional_field("e", std::nullopt).end_object();
  EXPECT_EQ(json.text(), R"({"a":1,"b":true,"c":["x",{},null],"d":1.500,"e":null})");
}

TEST(JsonTest, EscapesWhatMustBeEscaped) {
  JsonWriter json;
  json.string(std::string_view("\"\\\n\0\x1f/ü", 8));
  EXPECT_EQ(json.text(), "\"\\\"\\\\\\u000a\\u0000\\u001f/ü\"");
}

TEST(JsonTest, ReplacesBytesThatAreNotUtf8) {
  JsonWriter json;
  json.string("a\xFF\xC0\xAF\xED\xA0\x80z");  // a lone byte, an overlong slash, a surrogate
  EXPECT_EQ(json.text(), "\"a\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBDz\"");
  JsonWriter cut;
  cut.string("\xE2\x82");
  EXPECT_EQ(cut.text(), "\"\xEF\xBF\xBD\xEF\xBF\xBD\"");
}

TEST(JsonTest, KeepsTheFullRangeOfNumbers) {
  JsonWriter json;
  json.begin_array().number(INT64_MIN).number(INT64_MAX).end_array();
  EXPECT_EQ(json.text(), "[-9223372036854775808,9223372036854775807]");
}

TEST(TableTest, AlignsColumnsAndLeavesNoSpaceAtTheEnd) {
  Table table({"serial", "state"});
  table.add({"A-000001", "provisioned"});
  table.add({"Ü", "-"});
  EXPECT_EQ(table.text(), "serial    state\nA-000001  provisioned\nÜ         -\n");
}

TEST(TableTest, ShortRowsAreFine) {
  Table table({"a", "b"});
  table.add({"1"});
  EXPECT_EQ(table.text(), "a  b\n1\n");
}

}  // namespace
}  // namespace factory
