# frozen_string_literal: true

require_relative "json_log"
require_relative "mails"
require_relative "rails_place"

# A Rails application with servers around it, started once for all examples of a group: Rails takes seconds to load.
# What examples leave behind, in its configuration and its notes, is taken away after each.
RSpec.shared_context "with a Rails application" do |postgres: false, processes: []|
  attr_reader :place

  before(:context) do
    @place = RailsPlace.new(postgres: postgres)
    processes.each { |name| app.public_send(:"start_#{name}") }
  end

  after(:context) { @place.remove }

  after do |example|
    example.metadata[:extra_failure_lines] = place.tail if example.exception
    app.stop(@mail_room) if @mail_room
    place.clear
  end

  def app
    place.app
  end

  # -q, as GitLab's service files have it; what is wrong with the configuration shows as mail that does not come.
  def mail_room(file = "config/mail_room.yml")
    @mail_room = app.mail_room("-q", "-c", file)
  end

  # @return [Array<Hash>] what mail_room has logged so far
  def log
    JsonLog.new(app.path("log/mail_room_json.log")).lines
  end

  def expect_nothing_waiting
    Wait.until(15, what: "all marks", detail: app.method(:tail)) { place.waiting.zero? }
  end
end
