# frozen_string_literal: true

require "open3"
require "rbconfig"

module Bench
  # A program of this folder in a process of its own, which is asked by lines and answers by lines.
  class HelperProcess
    # @param name [String] its file, without the ending
    def initialize(name, *arguments)
      @name = name
      program = File.join(__dir__, "#{name}.rb")
      @input, @output, @waiter = Open3.popen2(RbConfig.ruby, program, *arguments.map(&:to_s))
    end

    def pid = @waiter.pid

    # @return [String] the next line it says
    def line
      @output.gets&.chomp || raise("#{@name} has failed, see above")
    end

    # @return [String] what it says to that
    def ask(text = "")
      @input.puts text
      line
    end

    # @return [Integer] KiB, of a field of /proc
    def memory(field)
      File.read("/proc/#{pid}/status")[/^#{field}:\s+(\d+) kB/, 1].to_i
    end

    def remove
      @input.close
      @waiter.join
      @output.close
    end
  end
end
