# frozen_string_literal: true

require "open3"

module Servers
  # What root may do on a machine of its own, and not everywhere: containers often forbid it.
  module Privilege
    # Where Debian has the programs.
    PACKAGES = { "ip" => "iproute2", "mount" => "mount", "tc" => "iproute2", "nsenter" => "util-linux",
                 "postfix" => "postfix", "unshare" => "util-linux" }.freeze

    module_function

    # Tries it.
    # @param what [String] "change the clock", say
    # @param programs [Array<String>] of PACKAGES, that are called
    # @param command [Array<String>] does it, or as much of it as leaves nothing behind
    # @return [String, nil] why it cannot be done here
    def lacking(what, programs, *command)
      return "only root can #{what}" unless ::Process.uid.zero?

      missing = programs.reject { |program| installed?(program) }
      unless missing.empty?
        packages = missing.map { |program| PACKAGES.fetch(program) }.uniq
        return "without #{missing.join(', ')} nobody can #{what}: install #{packages.join(', ')}, or run bin/setup"
      end

      output, status = Open3.capture2e(*command)
      "this machine does not let root #{what}: #{output.lines.first&.chomp || status}" unless status.success?
    end

    def installed?(program)
      ENV.fetch("PATH").split(File::PATH_SEPARATOR).any? { |folder| File.executable?(File.join(folder, program)) }
    end
    private_class_method :installed?
  end
end
