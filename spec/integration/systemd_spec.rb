# frozen_string_literal: true

require "support/rspec"
require "support/service_helpers"

lacking = ServiceHelpers.lacking("systemd-analyze" => "systemd")

# The units in support/systemd, as systemd reads them.
RSpec.describe "The systemd unit", :integration, :service, skip: lacking do
  let(:unit) { "gitlab-mailroom.service" }

  # @return [Array] what systemd-analyze says of the unit, with the command that is here, and its exit status
  def verify(unit_text, drop_in: nil)
    folder.write(unit, unit_text.gsub(%r{^(ExecStart=)/\S+}, "\\1#{command}"))
    folder.write("#{unit}.d/own-folder.conf", drop_in.gsub(%r{^(ExecStart=)/\S+}, "\\1#{command}")) if drop_in
    run("systemd-analyze", "verify", "--man=no", folder.join(unit))
  end

  # @return [Hash{String => Array}] what is set, in order
  def settings_of(*names)
    File.readlines(support("systemd", *names), chomp: true).grep(/\A\w+=/).map { |line| line.split("=", 2) }
        .group_by(&:first).transform_values { |pairs| pairs.map(&:last) }
  end

  it "has nothing that systemd would complain of" do
    expect(verify(File.read(support("systemd", unit)))).to eq(["", 0])
  end

  it "has nothing of the kind with the drop-in" do
    drop_in = File.read(support("systemd", "#{unit}.d", "own-folder.conf"))
    expect(verify(File.read(support("systemd", unit)), drop_in: drop_in)).to eq(["", 0])
  end

  it "would be complained of with a mistake" do
    output, = verify("#{File.read(support('systemd', unit))}\n[Service]\nWatchdogSecs=1\n")
    expect(output).to include("WatchdogSecs")
  end

  it "starts what GitLab's unit starts, and waits for it" do
    expect(settings_of(unit)).to include(
      "Type" => ["notify"], "User" => ["git"], "WorkingDirectory" => ["/home/git/gitlab"],
      "Environment" => ["RAILS_ENV=production"], "Restart" => ["on-failure"], "SyslogIdentifier" => ["gitlab-mailroom"],
      "PartOf" => ["gitlab.target"], "Slice" => ["gitlab.slice"],
      "ExecStart" => ["/usr/local/bin/bundle exec mail_room --log-exit-as json --quiet --config " \
                      "/home/git/gitlab/config/mail_room.yml"]
    )
  end

  it "gives the daemon longer to end than that takes" do
    both = [settings_of(unit), settings_of("#{unit}.d", "own-folder.conf")]
    expect(both.map { |all| all["TimeoutStopSec"].last.to_i })
      .to all(be > MailRoom::Coordinator::SHUTDOWN_TIMEOUT + MailRoom::Coordinator::GRACE)
  end
end
