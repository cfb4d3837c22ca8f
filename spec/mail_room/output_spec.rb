# frozen_string_literal: true

# A pipe that nobody reads, and a disk that is full, are in spec/integration/explain_spec.rb.
RSpec.describe MailRoom::Output do
  it "writes at once" do
    expect { described_class.write("check", "Grüße\n") }.to output("Grüße\n").to_stdout
  end

  it "tells when it cannot" do
    allow($stdout).to receive(:write).and_raise(Errno::ENOSPC)
    expect { expect { described_class.write("check", "text") }.to raise_error(SystemExit) }
      .to output("mail_room: check: standard output: No space left on device\n").to_stderr
  end
end
