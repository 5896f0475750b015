# Warnings, hardening and sanitizers of every target of ours: ptrun_target_defaults(TARGET).

set(PTRUN_WARNINGS -Wall -Wextra -Wpedantic -Wshadow -Wundef -Wvla -Wwrite-strings)
set(PTRUN_WARNINGS_C -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith)

function(ptrun_target_defaults target)
  target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/src)
  target_compile_definitions(${target} PRIVATE PTRUN_VERSION="${PROJECT_VERSION}" _GNU_SOURCE)
  target_compile_options(${target} PRIVATE ${PTRUN_WARNINGS} $<$<COMPILE_LANGUAGE:C>:${PTRUN_WARNINGS_C}>)
  set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE ON C_VISIBILITY_PRESET hidden
                        CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
  if(PTRUN_WERROR)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
  # No fused multiply-add behind our back: the floats must be those of the reference on every machine.
  target_compile_options(${target} PRIVATE -ffp-contract=off -fno-math-errno)
  if(PTRUN_SANITIZE)
    target_compile_options(${target} PRIVATE -fsanitize=${PTRUN_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_link_options(${target} PRIVATE -fsanitize=${PTRUN_SANITIZE})
  elseif(CMAKE_BUILD_TYPE STREQUAL "Release")
    target_compile_options(${target} PRIVATE -fstack-protector-strong -D_FORTIFY_SOURCE=2 -fstack-clash-protection)
    target_link_options(${target} PRIVATE -Wl,-z,relro,-z,now,-z,noexecstack)
    get_target_property(type ${target} TYPE)
    if(type STREQUAL "EXECUTABLE")
      target_link_options(${target} PRIVATE -pie)
    endif()
  endif()
endfunction()
