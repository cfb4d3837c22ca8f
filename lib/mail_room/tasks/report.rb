# frozen_string_literal: true

require "mail_room"

module MailRoom
  module Tasks
    # What a check prints, as the checks of GitLab print it.
    #
    # Source: simple_executor.rb and helpers.rb in lib/system_check of GitLab.
    class Report
      # @param output [IO]
      def initialize(output = $stdout)
        @output = output
        @colour = Colour.new(output)
      end

      # @param name [String] what the checks in the block are about
      # @return [void]
      def component(name)
        @output.puts "Checking #{name} ...", ""
        yield
        @output.puts "", "Checking #{name} ... #{@colour.paint('Finished', :green)}", ""
      end

      # Begins the line of a check. What comes of it can take a while.
      #
      # @param name [String]
      # @return [void]
      def check(name)
        @output.print "#{name} ... "
        @output.flush
      end

      # @param text [String] a line that tells nothing yet
      # @return [void]
      def line(text)
        @output.puts Printable.text(text)
        @output.flush
      end

      # @return [void]
      def yes
        @output.puts @colour.paint("yes", :green)
      end

      # @param steps [Array<String>] what to do
      # @param more [Array<String>] where to find out more
      # @return [void]
      def no(steps, more = [])
        @output.puts @colour.paint("no", :red)
        list("Try fixing it:", steps)
        list("For more information see:", more)
        @output.puts @colour.paint("  Please fix the error above and rerun the checks.", :red)
      end

      # @param reason [String]
      # @return [void]
      def skipped(reason = "skipped")
        @output.puts @colour.paint(reason, :magenta)
      end

      # @param text [String] why the check could not be made
      # @return [void]
      def failed(text)
        @output.puts @colour.paint("Exception: #{Printable.text(text)}", :red)
      end

      private

      def list(title, lines)
        return if lines.empty?

        @output.puts([title, *lines].map { |line| "  #{Printable.text(line)}" })
      end
    end
  end
end
