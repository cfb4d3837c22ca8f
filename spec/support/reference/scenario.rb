# frozen_string_literal: true

require_relative "../mails"

# One row of the table that the reference gem and ours are compared by: what they are started with, and what is looked
# at then. Unless it says otherwise, both have to show the same.
#
# Immutable, and made outside of examples: it holds no server and no mailbox.
class Scenario
  # How the two differ on purpose.
  #
  # theirs, ours: what to expect of each, values or RSpec matchers
  # readme: words of the row of README's table "Differences" that tells so
  Difference = Struct.new(:theirs, :ours, :readme, keyword_init: true)

  attr_reader :title, :sees, :mails, :settings, :config, :arguments, :signal, :additions, :difference

  # @param title [String] names the example
  # @param sees [Symbol] what is looked at: a method of Sight
  # @param mails [Array<String>] raw messages that lie in the mailbox
  # @param settings [Proc, nil] called in the example with the settings of a mailbox; returns them changed
  # @param config [String, nil] text of the configuration instead
  # @param arguments [Array<String>] of the command, besides "-c FILE"
  # @param signal [String, nil] sent when it is idle
  # @param additions [Boolean] whether ours may show more: further log lines, keys of a line, options
  # @param difference [Difference, nil]
  def initialize(title, sees:, mails: [Mails.fixture("reply")], settings: nil, config: nil, arguments: [], signal: nil,
                 additions: false, difference: nil)
    @title = title
    @sees = sees
    @mails = mails
    @settings = settings || :itself.to_proc
    @config = config
    @arguments = arguments
    @signal = signal
    @additions = additions
    @difference = difference && Difference.new(**difference)
  end
end
