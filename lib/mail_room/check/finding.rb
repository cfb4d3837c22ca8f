# frozen_string_literal: true

require "mail_room"

module MailRoom
  class Check
    # What one check has come to.
    #
    # `check` is its name, `outcome` one of "yes", "no" and "skipped", `detail` what was seen, and `advice` what to do
    # about it. What is not wrong and has an advice is a warning: it works, but perhaps not as it was meant.
    Finding = Struct.new(:check, :outcome, :detail, :advice, keyword_init: true) do
      # @param check [String]
      # @param detail [String, nil]
      # @return [Finding]
      def self.yes(check, detail = nil)
        new(check: check, outcome: "yes", detail: detail)
      end

      # @return [Finding] see {.yes}
      def self.warning(check, detail, advice)
        new(check: check, outcome: "yes", detail: detail, advice: advice)
      end

      # @return [Finding] see {.yes}
      def self.no(check, detail, advice = nil)
        new(check: check, outcome: "no", detail: detail, advice: advice)
      end

      # @param check [String]
      # @param detail [String] why
      # @return [Finding]
      def self.skipped(check, detail, advice = nil)
        new(check: check, outcome: "skipped", detail: detail, advice: advice)
      end

      # @param json [Hash] as the native part has it
      # @return [Finding]
      def self.of(json)
        new(**Keys.symbolize(json).slice(*members))
      end

      # @return [Boolean]
      def wrong?
        outcome == "no"
      end

      # @return [Boolean]
      def warning?
        !wrong? && !advice.nil?
      end
    end
  end
end
