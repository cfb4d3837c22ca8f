# frozen_string_literal: true

# mkmf comes first: rake-compiler and RubyGems tell it where the library goes.
require "mkmf"
require_relative "cargo_makefile"

LIBRARY = "mail_room/mail_room_rs"

problem = CargoMakefile.problem
abort("gitlab-mail_room-rs cannot be built: #{problem}") if problem

begin
  require "rb_sys/mkmf"
rescue LoadError
  File.write("Makefile", CargoMakefile.new(LIBRARY, directories: configuration(__dir__)).to_s)
else
  create_rust_makefile(LIBRARY) do |builder|
    # An installation fetches no toolchain by itself: cargo is there, as found above.
    builder.auto_install_rust_toolchain = false
  end
end
