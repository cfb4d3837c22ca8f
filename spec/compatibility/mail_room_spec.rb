# frozen_string_literal: true

require "support/rspec"
require "support/reference"
require "support/reference/sight"

Dir[File.join(__dir__, "scenarios", "*.rb")].each { |file| require file }

# The gem this one stands in for and ours, started with the same configuration, each beside a mailbox with the same
# messages.
RSpec.describe "gitlab-mail_room and this gem", :integration do
  commands = {
    theirs: { command: Reference::COMMAND, env: Reference::ENVIRONMENT },
    ours: { command: MailRoomProcess::COMMAND }
  }
  scenarios = Scenarios.constants.flat_map { |table| Scenarios.const_get(table) }

  before { skip "there is no reference gem; bin/setup fetches it where Debian has it" unless Reference.available? }

  def web
    @web ||= own(Servers::Web.new)
  end

  def postgres
    @postgres ||= own(Servers::Postgres.new)
  end

  # Nothing of the other side's run is left in it.
  def clear_servers
    SharedServers.clear
    @web = nil
  end

  # @return [Object] what the scenario shows of a process started so
  def look(scenario, command)
    clear_servers
    inbox = new_inbox
    dovecot.fill(inbox.user, scenario.mails)
    mailbox = instance_exec(settings(inbox), &scenario.settings)
    process = launch(scenario.config || { mailboxes: [mailbox] }, arguments: scenario.arguments, **command)
    Sight.new(process, scenario, inbox: inbox, example: self).call
  ensure
    process&.kill9
  end

  # @return [Object] what of ours has a counterpart in theirs, in its order
  def common(ours, theirs)
    case theirs
    when Hash then theirs.to_h { |key, value| [key, common(ours[key], value)] }
    when Array then theirs & Array(ours)
    else ours
    end
  end

  it "differ in nothing that README does not tell" do
    told = File.read("README.md")[/^## Differences$.*?^## /m]
    expect(scenarios.filter_map { |scenario| scenario.difference&.readme }.uniq.reject { |words| told.include?(words) })
      .to eq([])
  end

  scenarios.each do |scenario|
    it scenario.title do
      theirs, ours = commands.transform_values { |command| look(scenario, command) }.values_at(:theirs, :ours)

      if scenario.difference
        expect(theirs).to match(scenario.difference.theirs)
        expect(ours).to match(scenario.difference.ours)
      else
        expect(theirs).not_to be_empty
        expect(scenario.additions ? common(ours, theirs) : ours).to eq(theirs)
      end
    end
  end
end
