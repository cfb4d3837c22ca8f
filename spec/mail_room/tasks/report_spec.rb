# frozen_string_literal: true

require "pty"
require "stringio"

# Requiring mail_room/tasks would define tasks in this process.
require "mail_room/tasks/report"

RSpec.describe MailRoom::Tasks::Report do
  let(:output) { StringIO.new }
  let(:report) { described_class.new(output) }

  it "prints as GitLab's checks do" do
    report.component("Incoming Email") do
      report.check("Incoming Email:")
      report.component("Reply by email") do
        report.check("MailRoom running?")
        report.yes
        report.check("Mailroom enabled?")
        report.skipped
      end
    end

    expect(output.string).to eq(<<~TEXT)
      Checking Incoming Email ...

      Incoming Email: ... Checking Reply by email ...

      MailRoom running? ... yes
      Mailroom enabled? ... skipped

      Checking Reply by email ... Finished


      Checking Incoming Email ... Finished

    TEXT
  end

  it "says what to do about what is wrong" do
    report.check("MailRoom running?")
    report.no(["Start mail_room"], ["see log/mail_room.log for possible errors"])

    expect(output.string).to eq(<<~TEXT)
      MailRoom running? ... no
        Try fixing it:
        Start mail_room
        For more information see:
        see log/mail_room.log for possible errors
        Please fix the error above and rerun the checks.
    TEXT
  end

  it "prints any bytes" do
    report.failed("gr\xFCn")

    expect(output.string).to eq("Exception: gr\uFFFDn\n")
  end

  it "has colours on a terminal, unless somebody does not want them" do
    before = ENV.to_h.slice("NO_COLOR", "TERM")
    ENV.update("NO_COLOR" => nil, "TERM" => "xterm")
    PTY.open do |terminal, slave|
      described_class.new(slave).yes
      described_class.new(slave).skipped
      ENV["NO_COLOR"] = "1"
      described_class.new(slave).yes
      expect(Array.new(3) { terminal.gets }).to eq(["\e[32myes\e[0m\r\n", "\e[35mskipped\e[0m\r\n", "yes\r\n"])
    end
  ensure
    ENV.update("NO_COLOR" => before["NO_COLOR"], "TERM" => before["TERM"])
  end
end
