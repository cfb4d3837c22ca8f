# frozen_string_literal: true

require "mail_room"

module MailRoom
  class Check
    # Findings for people: a heading for each mailbox, a line for each finding, its advice below, and a summary. What a
    # server said may have any characters; none of them comes to the terminal as a command.
    class Report
      # Characters of what is told of one finding.
      LONGEST = 400

      # Characters of a line of advice, more or less.
      WIDTH = 100

      COLOURS = { "yes" => :green, "no" => :red, "skipped" => :magenta }.freeze
      private_constant :COLOURS

      # @param colour [Colour]
      def initialize(colour)
        @colour = colour
        @counts = Hash.new(0)
        @begun = false
      end

      # @param mailbox [Mailbox, nil] nil for the file
      # @param findings [Array<Finding>]
      # @return [String] some lines
      def section(mailbox, findings)
        heading = mailbox ? Explain::Shown.text(mailbox.label) : "Configuration"
        separator = "\n" if @begun
        @begun = true
        "#{separator}#{@colour.paint(heading, :bold)}\n#{findings.map { |finding| lines(finding) }.join}"
      end

      # @return [String] the last line
      def summary
        told = ["#{@counts['yes']} yes", *count("no", "no"), *count("skipped", "skipped"),
                *count(:warning, @counts[:warning] == 1 ? "warning" : "warnings")].join(", ")
        verdict = if @counts["no"].positive?
                    @colour.paint("Something is wrong", :red)
                  else
                    @colour.paint("Nothing is wrong", :green)
                  end
        "\n#{verdict}: #{told}.\n"
      end

      private

      def count(kind, word)
        @counts[kind].positive? ? ["#{@counts[kind]} #{word}"] : []
      end

      def lines(finding)
        @counts[finding.outcome] += 1
        @counts[:warning] += 1 if finding.warning?
        outcome = @colour.paint(finding.outcome, finding.warning? ? :yellow : COLOURS.fetch(finding.outcome, :bold))
        detail = " (#{detail(finding.detail)})" if finding.detail
        "  #{Questions.of(finding.check)} ... #{outcome}#{detail}\n#{advice(finding.advice)}"
      end

      # What needs another check names it.
      def detail(text)
        shown(Printable.text(text).sub(/\Aneeds (\S+)\z/) { "needs: #{Questions.of(Regexp.last_match(1)).chomp('?')}" })
      end

      def advice(text)
        return unless text

        sentence = shown(text).sub(/\A[a-z](?=[a-z]* )/, &:upcase)
        sentence.scan(/\S.{0,#{WIDTH}}(?=\s|\z)|\S+/o).map { |line| "    #{line}\n" }.join
      end

      def shown(text)
        Explain::Shown.text(text, limit: LONGEST)
      end
    end
  end
end
