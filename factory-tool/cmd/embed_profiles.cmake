# cmake -DOUTPUT=file -DPROFILE_DIR=dir -P embed_profiles.cmake: the profiles as C++ source.
file(GLOB profiles "${PROFILE_DIR}/*.toml")
list(SORT profiles)
set(entries "")
foreach(profile IN LISTS profiles)
  get_filename_component(name "${profile}" NAME)
  file(READ "${profile}" text)
  string(APPEND entries "    {\"${name}\", R\"profile(${text})profile\"},\n")
endforeach()
file(WRITE "${OUTPUT}" "#include \"factory-tool/cmd/shipped_profiles.h\"

namespace factory {
namespace {

constexpr ShippedProfile kProfiles[] = {
${entries}};

}  // namespace

std::span<const ShippedProfile> shipped_profiles() { return kProfiles; }

}  // namespace factory
")
