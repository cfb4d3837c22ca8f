# frozen_string_literal: true

require_relative "graph_place"
require_relative "mail_room_helpers"
require_relative "postback_helpers"

# For examples of a Microsoft Graph in trouble.
module GraphPlaces
  # Seconds until a mailbox that is well again is served: backoff doubles from one second, and somebody who was
  # refused twice waits for thirty.
  MENDED = 90

  # @param names [Array] of what is to happen there
  # @return [Array<GraphPlace>]
  def places(*names, **options)
    names.map { |name| place(name, **options) }
  end

  # @return [GraphPlace]
  def place(name, **options)
    name = name.to_s.downcase.gsub(/[^a-z0-9]+/, "-")
    all_places << own(GraphPlace.new(name, web, **options))
    all_places.last
  end

  # A mailbox for which all is well.
  def neighbour
    @neighbour ||= place("neighbour").tap { |one| one.deliver(1) }
  end

  # One process for all of them.
  # @param top_level [Hash] further keys of the configuration
  def serve(*some, top_level: {}, **settings)
    mail_room(*some.map { |one| one.settings(**settings) }, **top_level)
  end

  # Waits until these numbers came from each, once, in ways that Graph allows.
  def expect_served(some, *numbers, limit: MENDED)
    numbers = numbers.flat_map { |number| [*number] }
    process = processes.last
    begin
      process.wait_until(limit, what: "all marks") { some.all? { |one| one.done? && one.posted.size >= numbers.size } }
    rescue Wait::TimedOut
      nil # what is missing shows below
    end
    expect(some.map(&:outcome)).to eq(some.map { |one| one.served(*numbers) })
  end

  # Waits until each fault of these places was met.
  def wait_for_faults(some)
    processes.last.wait_until(60, what: "all faults to happen") { some.none? { |one| one.graph.faults.waiting? } }
  end

  # The neighbour gets another message while something is wrong elsewhere.
  def expect_neighbour_served
    @neighbours_mails = (@neighbours_mails || 1) + 1
    neighbour.deliver(@neighbours_mails)
    expect_served([neighbour], 1..@neighbours_mails)
  end

  # No secret was told, and nothing panicked.
  def expect_discretion
    text = processes.last.everything
    all_places.flat_map(&:secrets).each { |secret| expect(text).not_to include(secret) }
    expect(text).not_to match(/panick/)
  end

  # Ends at once, whatever it waits for.
  def expect_prompt_end(limit)
    processes.last.term
    expect(processes.last.exit_status(limit)).to eq(0)
  end

  # @return [Array<GraphPlace>] of this example
  def all_places
    @all_places ||= []
  end
end

RSpec.configure do |config|
  config.include GraphPlaces, :graph_places
  config.include PostbackHelpers, :graph_places
  config.after(:each, :graph_places) { |example| expect_discretion unless example.exception }
end
