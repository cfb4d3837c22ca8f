# frozen_string_literal: true

require "optparse"

module Bench
  # What all measurements can be told on the command line.
  module Options
    COMMON = {
      repeats: ["--repeats N", Integer], mails: ["--mails N", Integer], seed: ["--seed N", Integer],
      samples: ["--samples N", Integer], seconds: ["--seconds N", Integer], delay: ["--delay MS", Integer],
      delivery: ["--delivery NAME"], only: ["--only A,B", Array], sets: ["--sets A,B", Array],
      servers: ["--servers A,B", Array], tls: ["--tls A,B", Array], counts: ["--counts A,B", Array]
    }.freeze

    # @param arguments [Array<String>]
    # @param defaults [Hash] what the measurement knows of {COMMON}
    # @return [Hash]
    def self.parse(arguments, **defaults)
      defaults.tap do |options|
        OptionParser.new do |parser|
          parser.on("--json") { options[:json] = true }
          COMMON.slice(*defaults.keys).each do |name, option|
            parser.on(*option, "default: #{[*defaults[name]].join(',')}") { |value| options[name] = value }
          end
        end.parse!(arguments)
      end
    end
  end
end
