# frozen_string_literal: true

require "open3"
require "rbconfig"

module Bench
  # A program in a process of its own, which is asked by lines and answers by lines.
  class HelperProcess
    # @param name [String] a file of this folder, without the ending
    # @return [HelperProcess]
    def self.ruby(name, *arguments)
      new(RbConfig.ruby, File.join(__dir__, "#{name}.rb"), *arguments.map(&:to_s))
    end

    # @param command [Array<String>]
    def initialize(*command)
      @command = command
      # With an array Ruby asks no shell, also when it is all there is.
      @input, @output, @waiter = Open3.popen2([command.first, command.first], *command.drop(1))
    end

    def pid = @waiter.pid

    # @return [String] the next line it says
    def line
      @output.gets&.chomp || raise("#{@command.first(2).join(' ')} has failed, see above")
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
